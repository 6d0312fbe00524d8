"""A DAG object read into a `FlowGraph`; everything about it that can't be exported is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param
from airflow.sdk.definitions._internal.types import is_arg_set
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.definitions.taskgroup import TaskGroup

from asl_export.diagnostics import Diagnostic
from asl_export.frontend.settings import DAG_SETTINGS, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.tasks import TaskReader
from asl_export.frontend.timing import seconds
from asl_export.ir.graph import FlowGraph, GroupLabel, Node, ParamSpec, Region


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
    if any(item.is_error for item in diagnostics):
        return Reading(graph=None, diagnostics=tuple(diagnostics))
    order = {task.task_id: index for index, task in enumerate(dag.tasks)}
    edges = tuple(
        (task.task_id, below)
        for task in dag.tasks
        for below in sorted(task.downstream_task_ids, key=lambda task_id: order[task_id])
    )
    graph = FlowGraph(
        dag_id=dag.dag_id,
        location=location,
        region=Region(nodes=tuple(nodes), edges=edges, labels=tuple(_labels(dag.task_group))),
        params=params,
        fail_fast=bool(dag.fail_fast),
        timeout=seconds(dag.dagrun_timeout),
        comment=dag.doc_md or dag.description,
    )
    return Reading(graph=graph, diagnostics=tuple(diagnostics))


def read_params(params: ParamsDict | Mapping[str, Any]) -> tuple[ParamSpec, ...]:
    """The params in the order of the DAG; one without a default, or with None, must be given."""
    specs = []
    for name in params:
        param = params.get_param(name) if isinstance(params, ParamsDict) else Param(params[name])
        has_default = is_arg_set(param.value)
        specs.append(
            ParamSpec(
                name=name,
                required=not has_default,
                default=param.value if has_default else None,
                schema=dict(param.schema),
            )
        )
    return tuple(specs)


def _dag_settings(dag: DAG) -> dict[str, Any]:
    return {name: value for name, value in vars(dag).items() if not name.startswith("_")}


def _labels(root: TaskGroup) -> list[GroupLabel]:
    labels: list[GroupLabel] = []
    waiting = [group for group in root.children.values() if isinstance(group, TaskGroup)]
    while waiting:
        group = waiting.pop(0)
        members = frozenset(task.task_id for task in group.iter_tasks())
        name = group.group_display_name or (group.group_id or "").rsplit(".", 1)[-1]
        labels.append(GroupLabel(name=name, members=members, comment=group.doc_md or group.tooltip or None))
        waiting = [item for item in group.children.values() if isinstance(item, TaskGroup)] + waiting
    return labels
