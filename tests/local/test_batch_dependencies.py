"""dependsOn: docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html, unless a test says otherwise."""

from itertools import pairwise
from typing import Any

import pytest

from tests.local.batch_resources import Batch


def children(batch: Batch, job_id: str, size: int) -> list[dict[str, Any]]:
    jobs = batch.client.describe_jobs(jobs=[f"{job_id}:{index}" for index in range(size)])["jobs"]
    return sorted(jobs, key=lambda job: job["arrayProperties"]["index"])


def test_a_job_is_pending_until_its_dependency_has_succeeded(batch: Batch) -> None:
    """job_states: with outstanding dependencies a job is PENDING."""
    first = batch.submit("exec sleep 0.3")
    second = batch.submit("true", dependsOn=[{"jobId": first}])
    job = batch.describe(second)
    assert (job["status"], job["dependsOn"]) == ("PENDING", [{"jobId": first}])
    assert batch.wait(first)["stoppedAt"] <= batch.wait(second)["startedAt"]


def test_a_dependency_that_succeeded_before_is_met(batch: Batch) -> None:
    first = batch.submit("true")
    batch.wait(first)
    assert batch.wait(batch.submit("true", dependsOn=[{"jobId": first}]))["status"] == "SUCCEEDED"


def test_a_failed_dependency_fails_all_that_depend_on_it_without_running_them(batch: Batch) -> None:
    first = batch.submit("exec sleep 0.2; false")
    failing = batch.submit("false", dependsOn=[{"jobId": first}])
    chain = [batch.submit("true", dependsOn=[{"jobId": failing}])]
    chain.append(batch.submit("true", dependsOn=[{"jobId": chain[0]}]))
    ended = [batch.wait(job_id) for job_id in chain]
    assert [job["statusReason"] for job in ended] == ["Dependent Job failed"] * 2
    assert [(job["status"], job["attempts"]) for job in ended] == [("FAILED", [])] * 2
    assert not any("startedAt" in job or "exitCode" in job["container"] for job in ended)


def test_a_dependency_that_failed_before_fails_the_job_at_once(batch: Batch) -> None:
    first = batch.submit("false")
    batch.wait(first)
    assert batch.wait(batch.submit("true", dependsOn=[{"jobId": first}]))["statusReason"] == "Dependent Job failed"


def test_a_job_waits_for_all_of_its_dependencies(batch: Batch) -> None:
    before = [batch.submit(f"exec sleep {seconds}") for seconds in ("0.1", "0.3", "0.2")]
    last = batch.submit("true", dependsOn=[{"jobId": job_id} for job_id in before])
    assert max(batch.wait(job_id)["stoppedAt"] for job_id in before) <= batch.wait(last)["startedAt"]


def test_a_job_that_depends_on_an_array_waits_for_all_its_children(batch: Batch) -> None:
    array = batch.submit("exec sleep 0.$AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 4})
    after = batch.wait(batch.submit("true", dependsOn=[{"jobId": array}]))
    assert max(child["stoppedAt"] for child in children(batch, array, 4)) <= after["startedAt"]


def test_an_array_that_depends_on_a_job_is_pending_with_all_its_children(batch: Batch) -> None:
    first = batch.submit("exec sleep 60")
    array = batch.submit("true", arrayProperties={"size": 3}, dependsOn=[{"jobId": first}])
    job = batch.describe(array)
    assert (job["status"], job["arrayProperties"]["statusSummary"]["RUNNING"]) == ("PENDING", 0)
    batch.client.terminate_job(jobId=first, reason="it fails")
    job = batch.wait(array)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Dependent Job failed")
    assert job["arrayProperties"]["statusSummary"]["FAILED"] == 3


def test_n_to_n_pairs_the_children_and_a_failed_one_fails_its_partner_only(batch: Batch) -> None:
    """array_jobs: each index child waits for the corresponding index child."""
    script = "test $AWS_BATCH_JOB_ARRAY_INDEX != 1 || exit 5; test $AWS_BATCH_JOB_ARRAY_INDEX != 2 || exec sleep 60"
    first = batch.submit(script, arrayProperties={"size": 3})
    second = batch.submit(
        "echo $AWS_BATCH_JOB_ARRAY_INDEX", arrayProperties={"size": 3}, dependsOn=[{"jobId": first, "type": "N_TO_N"}]
    )
    batch.wait(f"{first}:2", "RUNNING")
    assert batch.wait(f"{second}:0")["status"] == "SUCCEEDED"
    assert batch.wait(f"{second}:1")["statusReason"] == "Dependent Job failed"
    assert batch.status(f"{second}:2") == "PENDING"
    batch.client.terminate_job(jobId=first, reason="enough")
    assert (
        batch.wait(second)["arrayProperties"]["statusSummary"] | {"SUCCEEDED": 1, "FAILED": 2}
        == (batch.describe(second)["arrayProperties"]["statusSummary"])
    )


def test_sequential_children_run_one_after_the_other_from_index_0(batch: Batch) -> None:
    """API_JobDependency: SEQUENTIAL without a job id."""
    array = batch.submit("exec sleep 0.05", arrayProperties={"size": 4}, dependsOn=[{"type": "SEQUENTIAL"}])
    assert batch.wait(array)["status"] == "SUCCEEDED"
    for before, after in pairwise(children(batch, array, 4)):
        assert before["stoppedAt"] <= after["startedAt"]


def test_a_failed_sequential_child_fails_all_that_come_after_it(batch: Batch) -> None:
    array = batch.submit(
        "test $AWS_BATCH_JOB_ARRAY_INDEX != 1", arrayProperties={"size": 500}, dependsOn=[{"type": "SEQUENTIAL"}]
    )
    job = batch.wait(array)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Array Child Job failed")
    assert job["arrayProperties"]["statusSummary"]["FAILED"] == 499
    assert batch.describe(f"{array}:499")["statusReason"] == "Dependent Job failed"


@pytest.mark.parametrize(
    ("request_fields", "message"),
    [
        ({"dependsOn": [{"type": "N_TO_N", "jobId": "x"}]}, "N_TO_N is for array jobs only"),
        ({"dependsOn": [{"type": "SEQUENTIAL"}]}, "SEQUENTIAL is for array jobs only"),
        ({"dependsOn": [{"jobId": "00000000-0000-0000-0000-000000000000"}]}, "does not exist"),
        ({"dependsOn": [{}]}, "does not exist"),
        ({"dependsOn": [{"type": "SEQUENTIAL", "jobId": "x"}], "arrayProperties": {"size": 2}}, "can't have a jobId"),
    ],
)
def test_a_dependency_that_can_not_be_met_is_refused(
    batch: Batch, request_fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(batch.client.exceptions.ClientException, match=message):
        batch.submit("true", **request_fields)


def test_n_to_n_needs_arrays_of_the_same_size(batch: Batch) -> None:
    first = batch.submit("true", arrayProperties={"size": 2})
    with pytest.raises(batch.client.exceptions.ClientException, match="same size"):
        batch.submit("true", arrayProperties={"size": 3}, dependsOn=[{"jobId": first, "type": "N_TO_N"}])
