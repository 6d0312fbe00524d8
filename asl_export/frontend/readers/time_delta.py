"""`TimeDeltaSensor` and `WaitSensor`: a Wait of a fixed length, from the data interval's end or the task's start."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from asl_export.frontend.readers.aws import invalid
from asl_export.frontend.readers.reading import WaitReading
from asl_export.frontend.readers.sensor import WAIT_SETTINGS
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, short
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.templates import is_template
from asl_export.ir.values import Call, Context, Function, Kind, Literal, Moment

TIME_DELTA_SETTINGS: Mapping[str, Setting] = {**WAIT_SETTINGS, "delta": HONOURED}
# WaitSensor sleeps once, and looks at none of a sensor's limits.
WAIT_SENSOR_SETTINGS: Mapping[str, Setting] = {**WAIT_SETTINGS, "timeout": HARMLESS, "time_to_wait": HONOURED}

# Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
_LONGEST = 99_999_999


def read_time_delta(attributes: Mapping[str, Any], scope: Scope) -> WaitReading:
    """The moment that is so much later than the data interval's end, which without a scheduler is the logical date.

    :raises RefusalError: for a length that only the run knows.
    """
    del scope
    length = _length("delta", attributes["delta"])
    moment = Context(moment=Moment.DATA_INTERVAL_END)
    if not length:
        return WaitReading(argument="delta", until=moment)
    milliseconds = Literal(value=math.ceil(length / timedelta(milliseconds=1)))
    later = Call(function=Function.LATER, arguments=(moment, milliseconds), kind=Kind.TEXT)
    return WaitReading(argument="delta", until=later)


def read_wait_sensor(attributes: Mapping[str, Any], scope: Scope) -> WaitReading:
    """The seconds that a sensor sleeps; like it, whole ones.

    :raises RefusalError: as `read_time_delta`, and for more than a Wait takes.
    """
    del scope
    seconds = max(0, int(_length("time_to_wait", attributes["time_to_wait"]).total_seconds()))
    if seconds > _LONGEST:
        raise invalid(
            "time_to_wait",
            f"time_to_wait can't be {seconds:,} seconds",
            why=f"a Wait lasts {_LONGEST:,} at most, and an execution a year",
        )
    return WaitReading(argument="time_to_wait", seconds=Literal(value=seconds))


def _length(name: str, given: Any) -> timedelta:
    """A length of time; a number, as text too, is one of minutes.

    :raises RefusalError: for anything else, and for one that no calendar has.
    """
    match given:
        case timedelta():
            return given
        case int() if not isinstance(given, bool):
            return _minutes(name, given)
        case str() if not is_template(given) and given.strip().lstrip("-").isdecimal():
            return _minutes(name, given)
        case _:
            raise invalid(
                name,
                f"{name} must be known when the DAG is parsed",
                why="the exported machine waits for a fixed length of time",
                fix="give a timedelta, or a number of minutes",
            )


def _minutes(name: str, given: int | str) -> timedelta:
    try:
        return timedelta(minutes=int(given))
    except (ValueError, OverflowError) as error:
        raise invalid(
            name, f"{name} can't be {short(given)} minutes", why="Airflow can't count so far either"
        ) from error
