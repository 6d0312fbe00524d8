"""What the end of a try means for the jobs it leaves: whether another try follows, and would take them up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from airflow.sdk.exceptions import (
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)

from airstep.errors import AirstepError, BranchStopped, JobTimedOut, TaskKilled
from airstep.settling import noticed_within

NO_END = (TaskDeferred, AirflowSkipException, AirflowRescheduleException)
"""Exceptions by which Airflow goes on with the task."""

_KILLED = (TaskKilled, KeyboardInterrupt, SystemExit)
_OVER = (JobTimedOut, AirflowTaskTimeout, BranchStopped, *_KILLED)


def is_final(error: BaseException, ti: Any) -> bool:
    """Whether the task fails for good by this error."""
    return forbids_retry(error) or is_last_try(ti)


def is_last_try(ti: Any) -> bool:
    """Whether no retry is left."""
    return bool(ti.max_tries == 0 or ti.try_number > ti.max_tries)


def forbids_retry(error: BaseException) -> bool:
    """Whether a retry would not help."""
    return isinstance(error, AirstepError) and not error.retry


def is_killed(error: BaseException) -> bool:
    """Whether the process is about to be killed, so that there is no time for anything that lasts."""
    return isinstance(error, _KILLED)


def leaves_nothing(error: BaseException, *, final: bool) -> bool:
    """Whether the try's job is to be terminated, rather than left to the next try."""
    return final or isinstance(error, _OVER)


def come_again() -> NoReturn:
    """Leave, and have Airflow start the task anew: the same try, without a failure.

    :raises AirflowRescheduleException: always.
    """
    when = datetime.now(tz=UTC) + timedelta(seconds=noticed_within())
    raise AirflowRescheduleException(when)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
