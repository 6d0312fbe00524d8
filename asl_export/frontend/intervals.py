"""The data interval of a run: Airflow works it out from the timetable, a machine is given it or takes an instant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import FlowGraph, documents_of, nodes_of
from asl_export.ir.values import Context, Moment, walk

_INTERVAL = frozenset({Moment.DATA_INTERVAL_START, Moment.DATA_INTERVAL_END})
_OF_AN_INSTANT = frozenset({"NullTimetable", "OnceTimetable", "EventsTimetable"})
"""Timetables, Airflow's own and their likes in its SDK, whose runs have the logical date as both ends."""
_OF_AN_INTERVAL_IF_GIVEN = frozenset(
    {"CronTriggerTimetable", "CronPartitionTimetable", "DeltaTriggerTimetable", "MultipleCronTriggerTimetable"}
)


def check_intervals(graph: FlowGraph, timetable: Any) -> Iterator[Diagnostic]:
    """A warning for tasks that read a data interval which isn't the logical date."""
    readers = [
        node.id
        for node in nodes_of(graph.region)
        if any(isinstance(value, Context) and value.moment in _INTERVAL for value in walk(documents_of(node)))
    ]
    if not readers or _is_instant(timetable):
        return
    yield Diagnostic(
        code=Code.IGNORED_SETTING,
        message=f"the data interval of {type(timetable).__name__} isn't worked out by the exported machine",
        location=replace(graph.location, field="schedule"),
        why=f"{', '.join(readers)} ask{'s' if len(readers) == 1 else ''} for it, and without data_interval_start and "
        "data_interval_end in the execution's input both are the logical date",
        fix="start the machine with both in its input, or use a CronTriggerTimetable without interval",
        severity=Severity.WARNING,
    )


def _is_instant(timetable: Any) -> bool:
    name = type(timetable).__name__
    if name in _OF_AN_INTERVAL_IF_GIVEN:
        parts = getattr(timetable, "timetables", None) or getattr(timetable, "_timetables", None) or [timetable]
        return not any(_interval(part) for part in parts)
    # Runs for assets have no dates at all; those of the timetable beside have its own.
    if name == "AssetOrTimeSchedule":
        return _is_instant(timetable.timetable)
    return name in _OF_AN_INSTANT or "Asset" in name


def _interval(timetable: Any) -> Any:
    return getattr(timetable, "interval", getattr(timetable, "_interval", timedelta()))
