"""`DateTimeSensor`, deferrable or not: a Wait until a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import timezone
from airflow.sdk.definitions.xcom_arg import XComArg

from asl_export.frontend.mapping import ItemArgument
from asl_export.frontend.outputs import read_xcom_arg
from asl_export.frontend.readers.aws import invalid
from asl_export.frontend.readers.reading import WaitReading
from asl_export.frontend.readers.sensor import WAIT_SETTINGS
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.templates import is_template, read_template
from asl_export.ir.values import Call, Function, Kind, Literal, Value, kind_of

DATE_TIME_SETTINGS: Mapping[str, Setting] = {**WAIT_SETTINGS, "target_time": HONOURED}
# DateTimeSensorAsync hands its timeout to nobody.
DATE_TIME_ASYNC_SETTINGS: Mapping[str, Setting] = {**DATE_TIME_SETTINGS, "timeout": HARMLESS}


def read_date_time(attributes: Mapping[str, Any], scope: Scope) -> WaitReading:
    """The moment of an operator's attributes.

    :raises RefusalError: for what is no date and time.
    """
    try:
        return WaitReading(argument="target_time", until=_moment(attributes["target_time"], scope))
    except RefusalError as refusal:
        refusal.field = "target_time"
        raise


def _moment(given: Any, scope: Scope) -> Value:
    match given:
        case datetime():
            return _known(given.isoformat())
        case str() if not is_template(given):
            return _known(given)
        case str():
            return _worked_out(read_template(given, scope))
        case XComArg():
            return _worked_out(read_xcom_arg(given, scope))
        case ItemArgument(value=value):
            return _worked_out(value)
        case _:
            raise invalid(
                "target_time", f"target_time can't be a {type(given).__name__}", why="a Wait waits for a date and time"
            )


def _known(text: str) -> Literal:
    """A moment as RFC 3339 has it; Airflow takes one without a zone for UTC.

    :raises RefusalError: for a text that Airflow can't read either.
    """
    try:
        moment = timezone.parse(text).astimezone(UTC)
    except ValueError as error:
        raise invalid(
            "target_time", f"target_time {text!r} is no date and time", why="Airflow can't read it either"
        ) from error
    return Literal(value=moment.isoformat().replace("+00:00", "Z"))


def _worked_out(value: Value) -> Value:
    match value:
        case Call(function=Function.LOGICAL_DATE_TEXT | Function.TIMESTAMP, arguments=[moment]):
            return moment
        case _ if kind_of(value) in (Kind.TEXT, Kind.ANY):
            return Call(function=Function.MOMENT, arguments=(value,), kind=Kind.TEXT)
        case _:
            raise invalid(
                "target_time", f"target_time can't be a {kind_of(value)}", why="a Wait waits for a date and time"
            )
