"""Many jobs ended with few calls.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from botocore.exceptions import ClientError

from airstep.hooks.patience import AWS_ERRORS, ONCE, Patience, Trouble, trouble_of

log = logging.getLogger(__name__)

TERMINATE_LIMIT = 50
"""Job ids of one TerminateJobs call: https://docs.aws.amazon.com/batch/latest/APIReference/API_TerminateJobs.html"""

_UNKNOWN_OPERATION = {"MissingAuthenticationTokenException", "UnknownOperationException", "404", "405", "501"}
"""What a service answers that is older than an operation."""


class Terminates(Protocol):
    """What ending jobs needs of AWS Batch: `hooks.batch.BatchHook`."""

    def with_patience(self, patience: Patience) -> Terminates:
        """The same with another patience."""

    def once(self, operation: str, **request: Any) -> Any:
        """The answer to one call."""

    def patiently(self, call: Callable[[], None], what: str) -> None:
        """Make a call, however often it has to be repeated."""

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job."""


def terminate_all(batch: Terminates, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
    """End jobs, whatever their status, in this order; those that could not be ended, and why, which is logged too.

    After AWS could not be reached for as long as the patience lasts, the rest is tried once each.
    """
    failed: dict[str, Exception] = {}
    ids = list(dict.fromkeys(job_ids))
    for start in range(0, len(ids), TERMINATE_LIMIT):
        found = _terminate_some(batch, ids[start : start + TERMINATE_LIMIT], reason[:1024])
        failed |= found
        if any(trouble_of(error) is not Trouble.LASTING for error in found.values()):
            batch = batch.with_patience(ONCE)
    for job_id, error in failed.items():
        log.warning("Job %s could not be terminated: %s", job_id, error)
    return failed


def _terminate_some(batch: Terminates, job_ids: list[str], reason: str) -> dict[str, Exception]:
    """End up to 50 jobs with as few calls as AWS allows; those that could not be ended."""
    failed: dict[str, Exception] = {}
    left = job_ids

    def attempt() -> None:
        nonlocal left
        try:
            answer = batch.once("terminate_jobs", jobs=left, reason=reason)
        except (AttributeError, ClientError) as error:
            if not _is_unknown_operation(error):
                raise
            failed.update(_terminate_each(batch, left, reason))
            return
        refused = {item["job"]: _error(item) for item in answer["errors"]}
        failed.update({each: error for each, error in refused.items() if trouble_of(error) is Trouble.LASTING})
        left = [each for each in left if each in refused and each not in failed]
        if left:
            raise refused[left[0]]

    try:
        batch.patiently(attempt, f"TerminateJobs of {len(job_ids)} jobs")
    except AWS_ERRORS as error:
        failed.update(dict.fromkeys(left, error))
    return failed


def _terminate_each(batch: Terminates, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
    """As `_terminate_some`, where the operation for many is missing."""
    failed: dict[str, Exception] = {}
    for job_id in job_ids:
        try:
            batch.terminate(job_id, reason)
        except AWS_ERRORS as error:
            failed[job_id] = error
            batch = batch if trouble_of(error) is Trouble.LASTING else batch.with_patience(ONCE)
    return failed


def _error(item: Mapping[str, str]) -> ClientError:
    """The error of one job in an answer that is none as a whole."""
    return ClientError({"Error": {"Code": item["code"], "Message": item["message"]}}, "TerminateJobs")


def _is_unknown_operation(error: Exception) -> bool:
    """Whether boto3 (which then has no such method) or AWS is older than an operation."""
    return not isinstance(error, ClientError) or str(error.response["Error"]["Code"]) in _UNKNOWN_OPERATION
