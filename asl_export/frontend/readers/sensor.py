"""What all sensors have: how often they look, how long, and what becomes of one that has waited too long.

Source: airflow.sdk.bases.sensor, BaseSensorOperator
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused

WEEK = timedelta(days=7).total_seconds()
"""How long a sensor waits unless it or Airflow's configuration says otherwise."""

_SENSOR_SETTINGS: Mapping[str, Setting] = {
    "deferrable": HARMLESS,
    "mode": HARMLESS,
    # Looked at by exponential_backoff only.
    "max_wait": HARMLESS,
}
POLL_SETTINGS: Mapping[str, Setting] = {
    **_SENSOR_SETTINGS,
    "poke_interval": HONOURED,
    "timeout": HONOURED,
    "soft_fail": HONOURED,
    "exponential_backoff": refused(
        "a Retry's interval grows in another way", "give a poke_interval that is long enough", default=False
    ),
    "silent_fail": refused("an error isn't a missing object", "use retries for errors", default=False),
    "never_fail": refused("an error isn't a missing object", "use soft_fail for the timeout", default=False),
}
WAIT_SETTINGS: Mapping[str, Setting] = {
    **_SENSOR_SETTINGS,
    # Whether a moment has come is never an error, and between two looks nothing happens.
    "poke_interval": HARMLESS,
    "exponential_backoff": HARMLESS,
    "silent_fail": HARMLESS,
    "never_fail": HARMLESS,
    "soft_fail": HARMLESS,
    "timeout": refused(
        "a Wait lasts until its moment has come", "remove it, or limit the run with dagrun_timeout", default=WEEK
    ),
    "end_from_trigger": HARMLESS,
    "start_from_trigger": HARMLESS,
    "trigger_kwargs": HARMLESS,
}


def check_poll(task: Any, where: Location) -> Iterator[Diagnostic]:
    """A refusal of an execution_timeout that ends the sensor, and a warning for an interval in parts of seconds."""
    if _limits(task) and task.execution_timeout.total_seconds() < task.timeout:
        yield _time_limit(where, "a Retry has no time limit", "use the sensor's timeout")
    if task.poke_interval != (interval := whole_interval(task.poke_interval)):
        yield Diagnostic(
            code=Code.ROUNDED_TIME,
            message=f"poke_interval of {task.poke_interval:g} s becomes {interval} s",
            location=replace(where, field="poke_interval"),
            why="Step Functions counts in whole seconds, from one",
            fix="give whole seconds",
            severity=Severity.WARNING,
        )


def check_wait(task: Any, where: Location) -> Iterator[Diagnostic]:
    """A refusal of an execution_timeout that ends the sensor."""
    if _limits(task):
        yield _time_limit(where, "a Wait lasts until its moment has come", "limit the run with dagrun_timeout")


def whole_interval(seconds: float) -> int:
    """The interval in whole seconds."""
    return max(1, math.ceil(seconds))


def _limits(task: Any) -> bool:
    """Whether execution_timeout limits the whole wait, and not only each look."""
    waits_outside = getattr(task, "deferrable", False) or task.mode == "reschedule"
    return task.execution_timeout is not None and not waits_outside


def _time_limit(where: Location, why: str, fix: str) -> Diagnostic:
    return Diagnostic(
        code=Code.UNSUPPORTED_SETTING,
        message="execution_timeout can't be exported for this sensor",
        location=replace(where, field="execution_timeout"),
        why=why,
        fix=fix,
    )
