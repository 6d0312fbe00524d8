"""The warning about a task whose end depends, in Airflow, on which of two others ends first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import FlowGraph, tasks_of
from asl_export.outcomes.first import Race


def check_races(graph: FlowGraph, races: Sequence[Race]) -> Iterator[Diagnostic]:
    """One warning for each task."""
    nodes = {node.id: node for node in tasks_of(graph.region)}
    for task in dict.fromkeys(race.task for race in races):
        first = next(race for race in races if race.task == task)
        skip = "doesn't follow it" if first.by_choice else "is skipped"
        yield Diagnostic(
            code=Code.RACE,
            message=f"{task!r} is skipped when {first.skips!r} {skip} and {first.fails!r} fails",
            location=nodes[task].location,
            why="Airflow skips it or marks it upstream_failed, by which of them ends first; the machine waits for both",
            fix=f"nothing, if that is fine; else give {task!r} the rule none_failed or all_done, or order the others",
            severity=Severity.WARNING,
        )
