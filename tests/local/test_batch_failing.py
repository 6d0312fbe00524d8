"""Jobs that the server is told to fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines, job, machine

FailJobs = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def fail_jobs(local_aws: LocalAws) -> Iterator[FailJobs]:
    """Replaces the list when given jobs, shows it when not."""
    url = f"{local_aws.endpoint}/local-aws/fail-jobs"

    def call(*jobs: Any) -> list[dict[str, Any]]:
        with urlopen(Request(url, data=json.dumps({"jobs": jobs}).encode()) if jobs else url) as answer:
            listed: list[dict[str, Any]] = json.load(answer)["jobs"]
        return listed

    yield call
    urlopen(Request(url, data=b'{"jobs": []}')).close()


def test_a_job_told_to_fail_is_accepted_and_ends_with_exit_code_1(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "doomed"})

    failed = batch.wait(batch.submit("echo it ran", jobName="doomed"))

    assert (failed["status"], failed["statusReason"]) == ("FAILED", "Essential container in task exited")
    assert failed["container"]["exitCode"] == 1
    assert len(failed["attempts"]) == 1
    assert failed["startedAt"] <= failed["stoppedAt"]


def test_its_program_does_not_run(batch: Batch, fail_jobs: FailJobs, tmp_path: Any) -> None:
    fail_jobs({"name": "doomed"})

    batch.wait(batch.submit(f"touch {tmp_path}/ran", jobName="doomed"))

    assert list(tmp_path.iterdir()) == []


def test_a_name_must_match_as_a_whole(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "render-[0-9]+"})

    assert batch.wait(batch.submit("true", jobName="render-7"))["status"] == "FAILED"
    assert batch.wait(batch.submit("true", jobName="render-7b"))["status"] == "SUCCEEDED"


def test_a_request_is_a_subset_of_what_the_job_has(batch: Batch, fail_jobs: FailJobs) -> None:
    command = ["sh", "-c", "true"]
    fail_jobs({"name": ".*", "request": {"environment": {"SHOT": "2"}, "command": command, "queue": batch.queue}})

    def with_shot(shot: str) -> dict[str, Any]:
        variables = [{"name": "SHOT", "value": shot}, {"name": "OTHER", "value": "x"}]
        return batch.wait(batch.submit("true", containerOverrides={"environment": variables}))

    assert [with_shot("1")["status"], with_shot("2")["status"]] == ["SUCCEEDED", "FAILED"]


def test_parameters_choose_the_job_too(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "job", "request": {"parameters": {"frame": "2"}}})

    assert batch.wait(batch.submit("true", parameters={"frame": "1"}))["status"] == "SUCCEEDED"
    assert batch.wait(batch.submit("true", parameters={"frame": "2", "more": "x"}))["status"] == "FAILED"


def test_times_is_how_many_jobs_fail_and_the_list_counts_them(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "job", "times": 1}, {"name": "other"})

    first, second = batch.wait(batch.submit("true")), batch.wait(batch.submit("true"))

    assert [first["status"], second["status"]] == ["FAILED", "SUCCEEDED"]
    assert fail_jobs() == [{"name": "job", "times": 1, "used": 1}, {"name": "other", "used": 0}]


def test_every_child_of_an_array_job_fails(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "array"})

    failed = batch.wait(batch.submit("true", jobName="array", arrayProperties={"size": 3}))

    assert failed["status"] == "FAILED"
    assert failed["arrayProperties"]["statusSummary"]["FAILED"] == 3


def test_each_attempt_of_a_retried_job_fails(batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "job"})

    failed = batch.wait(batch.submit("true", retryStrategy={"attempts": 3}))

    assert [attempt["container"]["exitCode"] for attempt in failed["attempts"]] == [1, 1, 1]


def test_a_task_of_a_state_machine_fails_with_its_job(local_aws: LocalAws, batch: Batch, fail_jobs: FailJobs) -> None:
    fail_jobs({"name": "job"})

    execution = StateMachines(local_aws).run(machine(Only=job(batch)))

    assert execution.error == "States.TaskFailed"
    assert json.loads(execution.cause)["Container"]["ExitCode"] == 1


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"name": "("}, "no regular expression"),
        ({"name": "a", "times": -1}, "times must be a number"),
        ({"name": "a", "request": {"image": "x"}}, "request can't have image"),
        ({"name": "a", "exit": 2}, "a job can't have exit"),
        ({"request": {}}, "a text as its name"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(fail_jobs: FailJobs, rule: Any, complaint: str) -> None:
    with pytest.raises(HTTPError) as refused:
        fail_jobs(rule)

    assert refused.value.code == 400
    assert complaint in json.load(refused.value)["message"]
