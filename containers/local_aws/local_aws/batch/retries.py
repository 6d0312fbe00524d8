"""Whether a failed attempt is tried again."""

from local_aws.batch.jobs import Attempt, Retry


def tries_again(retry: Retry, failed: Attempt, *, attempts_made: int) -> bool:
    """Whether Batch retries after ``failed``: the first rule that matches decides, no match means yes.

    Source: docs.aws.amazon.com/batch/latest/userguide/job_retries.html.
    """
    if attempts_made >= retry.attempts:
        return False
    exit_code = "" if failed.exit_code is None else str(failed.exit_code)
    for rule in retry.rules:
        if (
            _matches(rule.on_exit_code, exit_code)
            and _matches(rule.on_reason, failed.reason or "")
            and _matches(rule.on_status_reason, failed.status_reason)
        ):
            return rule.retry
    return True


def _matches(pattern: str | None, text: str) -> bool:
    # An asterisk is special at the end only: docs.aws.amazon.com/batch/latest/APIReference/API_EvaluateOnExit.html.
    if pattern is None:
        return True
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
