"""RETRY_LOST_HOSTS, as the local AWS evaluates it: a lost host is retried, any other failure is the job's."""

import pytest

from airstep.operators import RETRY_LOST_HOSTS, BatchJobOperator
from local_aws.batch.jobs import Attempt
from local_aws.batch.requests import make_retry
from local_aws.batch.retries import tries_again


def failed(status_reason: str, *, exit_code: int | None = None, reason: str | None = None) -> Attempt:
    return Attempt(started_at=1, stopped_at=2, exit_code=exit_code, reason=reason, status_reason=status_reason)


EC2_LOST = failed("Host EC2 (instance i-0123456789abcdef0) terminated.")


@pytest.mark.parametrize(
    ("attempt", "again"),
    [
        (EC2_LOST, True),
        (failed("Host EC2 (instance i-0123456789abcdef0) terminated.", exit_code=137), True),
        (failed("Your Spot Task was interrupted.", exit_code=137), True),
        (failed("Essential container in task exited", exit_code=1), False),
        (failed("Essential container in task exited", exit_code=137, reason="OutOfMemoryError: killed"), False),
        (failed("Task failed to start", reason="CannotPullContainerError: no such image"), False),
        (failed("Job attempt duration exceeded timeout"), False),
    ],
)
def test_a_lost_host_is_retried_and_another_failure_is_not(attempt: Attempt, again: bool) -> None:
    assert tries_again(make_retry(dict(RETRY_LOST_HOSTS)), attempt, attempts_made=1) is again


def test_the_fifth_lost_host_is_the_last() -> None:
    retry = make_retry(dict(RETRY_LOST_HOSTS))
    assert [tries_again(retry, EC2_LOST, attempts_made=made) for made in range(1, 6)] == [True] * 4 + [False]


def test_a_job_has_it_only_where_the_dag_says_so() -> None:
    job = {"task_id": "t", "job_queue": "q", "job_definition": "d"}
    assert BatchJobOperator(**job).retry_strategy is None
    assert BatchJobOperator(**job, retry_strategy=RETRY_LOST_HOSTS).spec().retry_strategy == RETRY_LOST_HOSTS
