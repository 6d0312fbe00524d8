"""Mapped jobs as Batch runs them: an array job whose children are items, a plain job for one, retries, a stop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import wait_for
from tests.local.mapped_items import MappedItems
from tests.local.s3_bucket import Bucket

# Evaluated in order: what the runner says isn't to be retried isn't.
RETRIES = {"attempts": 3, "evaluateOnExit": [{"onExitCode": "65", "action": "EXIT"}]}


@pytest.fixture
def definition(batch: Batch) -> str:
    return batch.define("-items", container={"image": "airstep/items:1"})


def submit(batch: Batch, definition: str, items: MappedItems, *command: str, **request: Any) -> str:
    variables = {"AIRSTEP_ITEMS": items.environment["AIRSTEP_ITEMS"], **request.pop("variables", {})}
    overrides = {
        "command": ["airstep-item", "--", *command],
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    return batch.submit(jobDefinition=definition, containerOverrides=overrides, **request)


def test_an_array_job_runs_each_item_in_a_child(batch: Batch, bucket: Bucket, definition: str) -> None:
    names = [f"name {number}" for number in range(20)]
    items = MappedItems.of(bucket, *([{"name": name}] for name in names))
    array = submit(
        batch,
        definition,
        items,
        *("greet", "{name}"),
        arrayProperties={"size": 20},
        variables={"GREETING": "welcome, {name}:", "AIRSTEP_ITEM_ENVIRONMENT": "GREETING"},
    )
    assert batch.wait(array, seconds=120)["status"] == "SUCCEEDED"
    children = [batch.describe(f"{array}:{index}") for index in range(20)]
    assert [batch.log(child) for child in children] == [[f"welcome, {name}: {name}"] for name in names]
    markers = [items.marker("succeeded", number) for number in range(20)]
    assert [(each["item"]["name"], each["jobId"], each["attempt"]) for each in markers] == [
        (name, f"{array}:{index}", 1) for index, name in enumerate(names)
    ]


def test_a_rest_of_one_is_a_plain_job(batch: Batch, bucket: Bucket, definition: str) -> None:
    items = MappedItems.of(bucket, [{"name": "world"}])
    job = batch.wait(submit(batch, definition, items, "greet", "{name}"))
    assert (job["status"], batch.log(job)) == ("SUCCEEDED", ["hello world"])
    assert items.marker("succeeded")["jobId"] == job["jobId"]


def test_children_are_retried_but_for_those_that_say_no_retry_helps(
    batch: Batch, bucket: Bucket, definition: str
) -> None:
    items = MappedItems.of(bucket, [{"name": "nobody"}], [{"nom": "x"}], [{"name": "x"}])
    array = submit(batch, definition, items, "greet", "{name}", arrayProperties={"size": 3}, retryStrategy=RETRIES)
    assert batch.wait(array, seconds=60)["status"] == "FAILED"
    children = [batch.describe(f"{array}:{index}") for index in range(3)]
    assert [(len(each["attempts"]), each["container"]["exitCode"]) for each in children] == [(3, 3), (1, 65), (1, 0)]
    assert (items.marker("failed", 0)["attempt"], items.marker("failed", 1)["exitCode"]) == (3, 65)
    assert items.markers("succeeded") == [2]


def test_a_terminated_child_writes_down_that_it_was_stopped_and_its_command_is_gone(
    batch: Batch, bucket: Bucket, definition: str
) -> None:
    items = MappedItems.of(bucket, ["x"])
    job_id = submit(batch, definition, items, "sh", "-c", "echo $$; exec sleep 600")
    job = batch.wait(job_id, "RUNNING")
    (process,) = wait_for(lambda: batch.log(job), what="the command's first line")
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    job = batch.wait(job_id)
    assert (job["statusReason"], job["container"]["exitCode"]) == ("not wanted", 143)
    assert items.marker("failed")["reason"].startswith("The item was stopped: SIGTERM came")
    assert batch.wait(batch.submit(f"kill -0 {process}"))["container"]["exitCode"] == 1


def test_a_command_that_does_not_stop_is_killed_with_its_child(batch: Batch, bucket: Bucket, definition: str) -> None:
    items = MappedItems.of(bucket, ["x"])
    job_id = submit(batch, definition, items, "sh", "-c", "trap '' TERM; echo $$; exec sleep 600")
    job = batch.wait(job_id, "RUNNING")
    (process,) = wait_for(lambda: batch.log(job), what="the command's first line")
    batch.client.terminate_job(jobId=job_id, reason="not wanted")
    assert batch.wait(job_id)["container"]["exitCode"] == 137
    probe = f"for i in $(seq 100); do kill -0 {process} 2>/dev/null || exit 0; sleep 0.05; done; exit 1"
    assert batch.wait(batch.submit(probe))["status"] == "SUCCEEDED"
