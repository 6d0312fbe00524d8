"""retryStrategy and timeout."""

from typing import Any

import pytest

from airstep.spec import RETRY_LOST_HOSTS
from tests.local.batch_resources import Batch

EXIT_ON_7 = {"onExitCode": "7", "action": "EXIT"}


def exit_codes(job: dict[str, Any]) -> list[int]:
    return [attempt["container"]["exitCode"] for attempt in job["attempts"]]


def test_a_failing_job_is_tried_as_often_as_asked(batch: Batch) -> None:
    """job_retries: attempts; AWS_BATCH_JOB_ATTEMPT counts them from 1."""
    job = batch.wait(batch.submit("exit $AWS_BATCH_JOB_ATTEMPT", retryStrategy={"attempts": 3}))
    assert (job["status"], exit_codes(job), job["container"]["exitCode"]) == ("FAILED", [1, 2, 3], 3)
    assert len({attempt["container"]["logStreamName"] for attempt in job["attempts"]}) == 3


def test_retries_stop_at_the_first_success(batch: Batch) -> None:
    job = batch.wait(batch.submit("test $AWS_BATCH_JOB_ATTEMPT = 2", retryStrategy={"attempts": 5}))
    assert (job["status"], exit_codes(job)) == ("SUCCEEDED", [1, 0])


@pytest.mark.parametrize(
    ("rules", "codes"),
    [
        pytest.param([EXIT_ON_7], [7], id="a rule that says exit"),
        pytest.param([{"onExitCode": "8", "action": "exit"}], [7, 7, 7], id="no match is a retry"),
        pytest.param([{"onExitCode": "7", "action": "Retry"}, EXIT_ON_7], [7, 7, 7], id="the first match decides"),
        pytest.param([{"onStatusReason": "Essential*", "action": "EXIT"}], [7], id="an asterisk at the end"),
        pytest.param(
            [{"onStatusReason": "Essential", "action": "EXIT"}], [7, 7, 7], id="no asterisk is the whole text"
        ),
        pytest.param([EXIT_ON_7 | {"onReason": "Host EC2*"}], [7, 7, 7], id="all conditions of a rule must be met"),
        pytest.param(
            [{"onReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}], [7], id="AWS's example"
        ),
    ],
)
def test_evaluate_on_exit_decides_about_the_next_attempt(
    batch: Batch, rules: list[dict[str, str]], codes: list[int]
) -> None:
    """API_EvaluateOnExit; job_retries."""
    job = batch.wait(batch.submit("exit 7", retryStrategy={"attempts": 3, "evaluateOnExit": rules}))
    assert (job["status"], exit_codes(job)) == ("FAILED", codes)


def test_a_strategy_for_lost_hosts_retries_no_failure_of_the_job_itself(batch: Batch) -> None:
    job = batch.wait(batch.submit("exit 3", retryStrategy=RETRY_LOST_HOSTS))
    assert (job["status"], exit_codes(job)) == ("FAILED", [3])
    assert job["retryStrategy"]["attempts"] == 5


def test_a_rule_can_match_an_image_that_can_not_be_pulled(batch: Batch) -> None:
    """job_retries: onReason CannotPullContainerError:*."""
    definition = batch.define("-unknown", container={"image": "airstep/nowhere"})
    rules = [{"onReason": "CannotPullContainerError:*", "action": "EXIT"}]
    job = batch.wait(
        batch.submit("true", jobDefinition=definition, retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    )
    assert len(job["attempts"]) == 1


def test_the_definitions_strategy_counts_unless_the_job_has_one(batch: Batch) -> None:
    """API_SubmitJob retryStrategy: it overrides the one of the job definition."""
    definition = batch.define("-retried", retryStrategy={"attempts": 2})
    inherited = batch.submit("exit 1", jobDefinition=definition)
    overridden = batch.submit("exit 1", jobDefinition=definition, retryStrategy={"attempts": 1})
    assert [len(batch.wait(job_id)["attempts"]) for job_id in (inherited, overridden)] == [2, 1]


def test_an_attempt_over_its_time_fails_with_the_reason_and_is_not_retried(batch: Batch) -> None:
    """job_timeouts: terminated for its timeout, a job isn't retried."""
    job = batch.wait(
        batch.submit("exec sleep 60", timeout={"attemptDurationSeconds": 1}, retryStrategy={"attempts": 3})
    )
    assert (job["status"], job["statusReason"]) == ("FAILED", "Job attempt duration exceeded timeout")
    assert (len(job["attempts"]), job["container"]["exitCode"]) == (1, 143)
    assert 900 <= job["stoppedAt"] - job["startedAt"] < 10_000


def test_a_program_that_ignores_sigterm_is_killed(batch: Batch) -> None:
    """job_timeouts: SIGTERM, then SIGKILL."""
    job = batch.wait(batch.submit("trap '' TERM; while :; do sleep 0.1; done", timeout={"attemptDurationSeconds": 1}))
    assert (job["statusReason"], job["container"]["exitCode"]) == ("Job attempt duration exceeded timeout", 137)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({"attempts": 11}, "between 1 and 10"),
        ({"attempts": 0}, "between 1 and 10"),
        ({"evaluateOnExit": [EXIT_ON_7]}, "required with evaluateOnExit"),
        ({"attempts": 2, "evaluateOnExit": [EXIT_ON_7] * 6}, "maximum is 5"),
        ({"attempts": 2, "evaluateOnExit": [{"action": "EXIT"}]}, "needs onExitCode, onReason or onStatusReason"),
        ({"attempts": 2, "evaluateOnExit": [EXIT_ON_7 | {"action": "STOP"}]}, "RETRY or EXIT"),
        ({"attempts": 2, "evaluateOnExit": [EXIT_ON_7 | {"onExitCode": "7x"}]}, "digits only"),
    ],
)
def test_a_wrong_strategy_is_refused(batch: Batch, strategy: dict[str, Any], message: str) -> None:
    """API_RetryStrategy, API_EvaluateOnExit."""
    with pytest.raises(batch.client.exceptions.ClientException, match=message):
        batch.submit("true", retryStrategy=strategy)
