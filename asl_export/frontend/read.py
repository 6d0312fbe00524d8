"""A DAG object read into a `FlowGraph`; everything about it that can't be exported is reported at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.groups import region_of
from asl_export.frontend.params import read_params
from asl_export.frontend.settings import DAG_SETTINGS, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.tasks import TaskReader
from asl_export.frontend.timing import seconds
from asl_export.ir.graph import FlowGraph, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The graph of a DAG, None when there is an error, and all findings."""

    graph: FlowGraph | None
    diagnostics: tuple[Diagnostic, ...]


def read_dag(dag: DAG) -> Reading:
    """The flow graph of a DAG and everything to say about it."""
    source = SourceIndex.of(Path(dag.fileloc))
    location = source.location(dag.dag_id)
    params = read_params(dag.params)
    diagnostics = list(check_settings(_dag_settings(dag), DAG_SETTINGS, location))
    tasks = TaskReader(dag=dag, source=source, params={param.name: param for param in params})
    nodes: list[Node] = []
    for task in dag.tasks:
        reading = tasks.read(task)
        diagnostics.extend(reading.diagnostics)
        nodes.extend([reading.node] if reading.node else [])
    if not dag.tasks:
        diagnostics.append(_empty(location))
    if any(item.is_error for item in diagnostics):
        return Reading(graph=None, diagnostics=tuple(diagnostics))
    graph = FlowGraph(
        dag_id=dag.dag_id,
        location=location,
        region=region_of(dag, {node.id: node for node in nodes}, source, tasks.mapped_group),
        params=params,
        fail_fast=bool(dag.fail_fast),
        timeout=seconds(dag.dagrun_timeout),
        comment=dag.doc_md or dag.description,
        tags={"dag_id": dag.dag_id, **({"tags": " ".join(sorted(dag.tags))} if dag.tags else {})},
    )
    return Reading(graph=graph, diagnostics=tuple(diagnostics))


def _empty(where: Location) -> Diagnostic:
    return Diagnostic(
        code=Code.EMPTY_DAG,
        message="the DAG has no tasks",
        location=where,
        why="a state machine must have a state",
        fix="add a task",
    )


def _dag_settings(dag: DAG) -> dict[str, Any]:
    return {name: value for name, value in vars(dag).items() if not name.startswith("_")}
