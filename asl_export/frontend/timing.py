"""Retries and time limits of a task, in whole seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.graph import RetryPlan

# Airflow never waits longer than this (airflow.sdk.definitions: MAX_RETRY_DELAY).
_LONGEST_DELAY = 24 * 60 * 60


def retry_plan(task: Any) -> RetryPlan | None:
    """The retries of a task, None when it has none."""
    attempts = int(task.retries or 0)
    if attempts <= 0:
        return None
    backoff = 2.0 if task.retry_exponential_backoff is True else float(task.retry_exponential_backoff or 0)
    delay = max(1, seconds(task.retry_delay) or 0)
    longest = min(seconds(task.max_retry_delay) or _LONGEST_DELAY, _LONGEST_DELAY)
    if not backoff > 0 or backoff == 1:  # as airflow.models.taskinstance has it, next_retry_datetime
        return RetryPlan(attempts=attempts, delay=delay)
    if backoff > 1 and longest <= delay:
        return RetryPlan(attempts=attempts, delay=longest)
    return RetryPlan(attempts=attempts, delay=delay, backoff=backoff, max_delay=longest, spread=True)


def seconds(time: timedelta | float | None) -> int | None:
    """A duration in whole seconds, rounded up; None stays None."""
    if time is None:
        return None
    return math.ceil(time.total_seconds() if isinstance(time, timedelta) else time)


def check_times(task: Any, where: Location) -> Iterator[Diagnostic]:
    """A warning for each duration that isn't a whole number of seconds, of at least one."""
    for name in ("retry_delay", "max_retry_delay", "execution_timeout"):
        time = getattr(task, name)
        if time is None or (name != "execution_timeout" and not task.retries):
            continue
        exact = time.total_seconds() if isinstance(time, timedelta) else float(time)
        if name == "execution_timeout" and exact <= 0:  # refused by a check
            continue
        given = max(1, math.ceil(exact))
        if exact != given:
            yield Diagnostic(
                code=Code.ROUNDED_TIME,
                message=f"{name} of {exact:g} s becomes {given} s",
                location=Location(dag=where.dag, task=where.task, field=name, file=where.file, line=where.line),
                why="Step Functions counts in whole seconds, from one",
                fix="give whole seconds",
                severity=Severity.WARNING,
            )
