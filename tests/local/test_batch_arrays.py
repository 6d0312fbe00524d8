"""Array jobs: docs.aws.amazon.com/batch/latest/userguide/array_jobs.html."""

from collections import Counter

import pytest

from tests.local.batch_resources import Batch


def test_each_child_has_an_index_an_id_and_a_log_of_its_own(batch: Batch) -> None:
    """array_index_example; job_env_vars: AWS_BATCH_JOB_ARRAY_INDEX and AWS_BATCH_JOB_ARRAY_SIZE."""
    array = batch.submit(
        "echo $AWS_BATCH_JOB_ARRAY_INDEX of $AWS_BATCH_JOB_ARRAY_SIZE as $AWS_BATCH_JOB_ID", arrayProperties={"size": 3}
    )
    assert batch.wait(array)["status"] == "SUCCEEDED"
    jobs = [batch.describe(f"{array}:{index}") for index in range(3)]
    assert [batch.log(job) for job in jobs] == [[f"{index} of 3 as {array}:{index}"] for index in range(3)]
    assert [job["arrayProperties"] for job in jobs] == [{"index": index} for index in range(3)]


def test_the_parent_is_pending_while_children_run_and_counts_them(batch: Batch) -> None:
    """API_ListJobs: parents are PENDING from the first RUNNABLE child until all have ended; statusSummary counts."""
    array = batch.submit("exec sleep 60", arrayProperties={"size": 6})
    for index in range(4):
        batch.wait(f"{array}:{index}", "RUNNING")
    job = batch.describe(array)
    assert (job["status"], job["arrayProperties"]["size"]) == ("PENDING", 6)
    assert job["arrayProperties"]["statusSummary"] == {
        "SUBMITTED": 0,
        "PENDING": 0,
        "RUNNABLE": 2,
        "STARTING": 0,
        "RUNNING": 4,
        "SUCCEEDED": 0,
        "FAILED": 0,
    }


def test_the_parent_fails_when_any_child_fails_and_the_others_still_run(batch: Batch) -> None:
    array = batch.submit("test $AWS_BATCH_JOB_ARRAY_INDEX != 0", arrayProperties={"size": 5})
    job = batch.wait(array)
    assert (job["status"], job["statusReason"]) == ("FAILED", "Array Child Job failed")
    assert Counter(job["arrayProperties"]["statusSummary"]) == Counter(FAILED=1, SUCCEEDED=4)


def test_children_are_retried_each_for_itself(batch: Batch) -> None:
    array = batch.submit(
        "test $AWS_BATCH_JOB_ATTEMPT = 2 -o $AWS_BATCH_JOB_ARRAY_INDEX = 0",
        arrayProperties={"size": 2},
        retryStrategy={"attempts": 2},
    )
    assert batch.wait(array)["status"] == "SUCCEEDED"
    assert [len(batch.describe(f"{array}:{index}")["attempts"]) for index in range(2)] == [1, 2]


def test_children_are_listed_by_status_in_pages(batch: Batch) -> None:
    """API_ListJobs arrayJobId."""
    array = batch.submit("test $AWS_BATCH_JOB_ARRAY_INDEX -lt 5", arrayProperties={"size": 12})
    batch.wait(array)
    pages = batch.client.get_paginator("list_jobs").paginate(
        arrayJobId=array, jobStatus="FAILED", PaginationConfig={"PageSize": 3}
    )
    listed = [[job["arrayProperties"]["index"] for job in page["jobSummaryList"]] for page in pages]
    assert listed == [[5, 6, 7], [8, 9, 10], [11]]


@pytest.mark.parametrize("size", [1, 10_001])
def test_a_size_outside_2_to_10000_is_refused(batch: Batch, size: int) -> None:
    """API_ArrayProperties: the size can be between 2 and 10,000."""
    with pytest.raises(batch.client.exceptions.ClientException, match="between 2 and 10000"):
        batch.submit("true", arrayProperties={"size": size})


@pytest.mark.slow
def test_ten_thousand_children_all_end(batch: Batch) -> None:
    """service_limits: 10,000 children."""
    array = batch.submit(
        "test $AWS_BATCH_JOB_ARRAY_INDEX != 9999",
        arrayProperties={"size": 10_000},
        timeout={"attemptDurationSeconds": 60},
    )
    job = batch.wait(array, seconds=240)
    assert Counter(job["arrayProperties"]["statusSummary"]) == Counter(FAILED=1, SUCCEEDED=9999)
    assert batch.describe(f"{array}:9999")["container"]["exitCode"] == 1
