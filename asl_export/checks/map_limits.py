"""A mapped group's limit: a Map holds back whole items, where Airflow holds back one task of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import FlowGraph, JoinNode, maps_of, tasks_of

_MOST_NAMED = 8


def check_map_limits(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A warning for each mapped group in which the limit of a task makes others wait for tasks of other items."""
    for mapped in maps_of(graph.region):
        most = mapped.max_concurrency
        tasks = [task.id for task in tasks_of(mapped.region) if not isinstance(task, JoinNode)]
        if not most or len(tasks) < 2 or (mapped.count is not None and mapped.count <= most):
            continue
        names = [*map(repr, tasks[:_MOST_NAMED]), *(["…"] if len(tasks) > _MOST_NAMED else [])]
        yield Diagnostic(
            code=Code.BARRIER,
            message=f"{mapped.id!r} has {most} item{'s' if most > 1 else ''} at a time, and the next one waits for all "
            f"tasks of one: {', '.join(names)}",
            location=replace(mapped.location, field="max_active_tis_per_dagrun"),
            why=f"max_active_tis_per_dagrun={most} holds back one task of an item, and a Map holds back the whole item",
            fix="nothing, if the waiting is fine; else limit with the job queue's compute environment instead",
            severity=Severity.WARNING,
        )
