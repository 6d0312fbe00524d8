"""A DAG object read into a `FlowGraph`; everything about it that can't be exported is reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airstep.operators.submit import SubmitJobGraph, submitting_group
from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.frontend.groups import late_members, region_of
from asl_export.frontend.intervals import check_intervals
from asl_export.frontend.params import read_params, refused_params
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.rules import leaves_of, rule_of
from asl_export.frontend.settings import DAG_SETTINGS, check_settings, check_texts
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.tasks import TaskReader
from asl_export.frontend.template_words import FILTERS
from asl_export.frontend.timing import seconds
from asl_export.ir.graph import FlowGraph, JoinNode, MapNode, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The graph of a DAG and all findings; with an error among them an unread task does nothing in the graph.

    `graph` is None when there is nothing more to find out: no task, or items of a mapped group that aren't known.
    """

    graph: FlowGraph | None
    diagnostics: tuple[Diagnostic, ...]


def read_dag(dag: DAG) -> Reading:
    """The flow graph of a DAG and everything to say about it."""
    source = SourceIndex.of(Path(dag.fileloc))
    location = source.location(dag.dag_id)
    params = read_params(dag.params)
    diagnostics = list(check_settings(_dag_settings(dag), DAG_SETTINGS, location))
    refused = refused_params(dag.params)
    diagnostics.extend(refusal.at(replace(location, field="params")) for refusal in refused.values())
    tasks = TaskReader.of(dag, source, {param.name: param for param in params})
    nodes: list[Node] = []
    for task in dag.tasks:
        if isinstance(task, SubmitJobGraph):  # the exported machine's own states do what it does
            continue
        reading = tasks.read(task)
        diagnostics.extend(reading.diagnostics)
        nodes.append(reading.node or _stand_in(task, source.location(dag.dag_id, task=task.task_id), tasks.setups))
    diagnostics.extend(_group_texts(dag, source))
    diagnostics.extend(late_members(dag, source))
    diagnostics.extend(_own_filters(dag, location))
    diagnostics.extend(_fail_fast_maps(nodes, dag))
    if not dag.tasks:
        return Reading(graph=None, diagnostics=(*diagnostics, _empty(location)))
    try:
        region = region_of(dag, {node.id: node for node in nodes}, source, tasks.mapped_group)
    except RefusalError:  # told with each of the group's tasks
        return Reading(graph=None, diagnostics=tuple(diagnostics))
    graph = FlowGraph(
        dag_id=dag.dag_id,
        location=location,
        region=region,
        params=tuple(param for param in params if param.name not in refused),
        leaves=leaves_of(dag),
        submitted_ahead=frozenset(node.id for node in nodes if submitting_group(dag.get_task(node.id))),
        fail_fast=bool(dag.fail_fast),
        max_active_tasks=dag.max_active_tasks if dag.max_active_tasks != _DEFAULT_ACTIVE_TASKS else None,
        timeout=seconds(dag.dagrun_timeout),
        comment=dag.doc_md or dag.description,
        tags={"dag_id": dag.dag_id, **({"tags": " ".join(sorted(dag.tags))} if dag.tags else {})},
    )
    diagnostics.extend(check_intervals(graph, dag.timetable))
    # What comes from the DAG's default_args is said of each task, and told once.
    return Reading(graph=graph, diagnostics=tuple(dict.fromkeys(diagnostics)))


_DEFAULT_ACTIVE_TASKS = 16
"""Airflow's own limit, [core] max_active_tasks_per_dag: it says nothing about this DAG."""


def _stand_in(task: Any, where: Location, setups: frozenset[str]) -> Node:
    return JoinNode(id=task.task_id, name=task.label, location=where, **rule_of(task, setups=setups))


def _empty(where: Location) -> Diagnostic:
    return Diagnostic(
        code=Code.EMPTY_DAG,
        message="the DAG has no tasks",
        location=where,
        why="a state machine must have a state",
        fix="add a task",
    )


def _group_texts(dag: DAG, source: SourceIndex) -> Iterator[Diagnostic]:
    """A refusal for each text of a group that is no Unicode."""
    for name, group in dag.task_group_dict.items():
        for field in ("group_display_name", "tooltip", "doc_md"):
            yield from check_texts(getattr(group, field), source.location(dag.dag_id, task=name, field=field))


def _own_filters(dag: DAG, where: Location) -> Iterator[Diagnostic]:
    """A refusal for each filter of the DAG's own that stands in for one that the export writes as Jinja means it."""
    for name in sorted(set(dag.user_defined_filters or {}) & set(FILTERS)):
        yield Diagnostic(
            code=Code.UNSUPPORTED_SETTING,
            message=f"user_defined_filters: {name!r} can't be exported",
            location=replace(where, field="user_defined_filters"),
            why="it is Python, which a state machine doesn't run",
            fix="give the filter another name, or leave it to Jinja's",
        )


def _fail_fast_maps(nodes: Sequence[Node], dag: DAG) -> Iterator[Diagnostic]:
    """A warning for each map of a fail-fast DAG: Airflow stops the other tasks, but no item of the same task."""
    maps = [node.location for node in nodes if isinstance(node, MapNode)] if dag.fail_fast else []
    for where in maps:
        yield Diagnostic(
            code=Code.IGNORED_SETTING,
            message="the first item that fails stops the task's other items",
            location=where,
            why="a fail-fast state machine stops as a whole; Airflow lets the other items of a failed task finish",
            fix="leave fail_fast out, or accept it",
            severity=Severity.WARNING,
        )


def _dag_settings(dag: DAG) -> dict[str, Any]:
    return {name: value for name, value in vars(dag).items() if not name.startswith("_")}
