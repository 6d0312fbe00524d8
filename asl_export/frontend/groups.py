"""Task groups: which ones are nodes of the graph, and which ones are only names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.taskgroup import MappedTaskGroup, TaskGroup

from airstep.operators import BatchJobGraph, ParallelBranches
from airstep.operators.job_graph_checks import entry_problems
from airstep.operators.submit import SubmitJobGraph, jobs_of, submitting_group
from asl_export.diagnostics import Code, Diagnostic
from asl_export.frontend.rules import waiting
from asl_export.frontend.source import SourceIndex
from asl_export.ir.graph import GraphNode, GroupLabel, GroupNode, MapNode, Node, Region

MakeMap = Callable[[MappedTaskGroup, Region], MapNode]


def region_of(dag: DAG, nodes: Mapping[str, Node], source: SourceIndex, make_map: MakeMap) -> Region:
    """The nodes of a DAG, with those of a fail-fast or mapped group inside a node of their own."""
    order = {task.task_id: index for index, task in enumerate(dag.tasks)}
    edges = tuple(
        dict.fromkeys(
            (task.task_id, following)
            for task in dag.tasks
            if not isinstance(task, SubmitJobGraph)
            for below in sorted(task.downstream_task_ids, key=lambda task_id: order[task_id])
            for following in waiting(dag.get_task(below))
        )
    )
    nesting = _Nesting(dag=dag, nodes=nodes, source=source, make_map=make_map, edges=edges)
    return nesting.region(dag.task_group, list(nodes), fail_fast=bool(dag.fail_fast))


def late_members(dag: DAG, source: SourceIndex) -> Iterator[Diagnostic]:
    """An error for what came into a group that submits ahead when it was complete: in Airflow its run fails by that."""
    for submit in dag.tasks:
        group = submitting_group(submit)
        if group is None or not isinstance(submit, SubmitJobGraph):
            continue
        for what, what_to_do in entry_problems(group, submit, list(jobs_of(group).values())):
            yield Diagnostic(
                code=Code.GROUP_EDGES,
                message=what,
                location=source.location(dag.dag_id, task=group.group_id),
                why="all jobs of the group are submitted together, and Airflow fails the task that does it",
                fix=what_to_do,
            )


class _Nesting:
    """Builds regions from the outside in."""

    def __init__(
        self,
        *,
        dag: DAG,
        nodes: Mapping[str, Node],
        source: SourceIndex,
        make_map: MakeMap,
        edges: Sequence[tuple[str, str]],
    ) -> None:
        self.dag, self.nodes, self.source, self.make_map, self.edges = dag, nodes, source, make_map, edges

    def region(self, group: TaskGroup, ids: Sequence[str], *, fail_fast: bool) -> Region:
        """The region of a group's tasks; within fail_fast, inner fail-fast groups add nothing."""
        inner = {
            task_id: special
            for special in _groups(group, lambda child: _is_node(child, fail_fast=fail_fast))
            if _is_node(special, fail_fast=fail_fast)
            for task_id in _members(special)
        }
        nodes: dict[str, Node] = {}
        for task_id in ids:
            special = inner.get(task_id)
            if special is None:
                nodes[task_id] = self.nodes[task_id]
            elif special.node_id not in nodes:
                nodes[special.node_id] = self.node(
                    special, [name for name in ids if inner.get(name) is special], fail_fast
                )
        labels = tuple(self.label(child) for child in _groups(group, lambda _: False) if _members(child))
        within = set(ids)
        edges = tuple(edge for edge in self.edges if edge[0] in within and edge[1] in within)
        return Region(nodes=tuple(nodes.values()), edges=edges, labels=labels)

    def node(self, group: TaskGroup, ids: Sequence[str], fail_fast: bool) -> Node:
        """The node of a fail-fast or mapped group."""
        if isinstance(group, MappedTaskGroup):
            return self.make_map(group, self.region(group, ids, fail_fast=fail_fast))
        kind = GraphNode if isinstance(group, BatchJobGraph) else GroupNode
        return kind(
            id=group.node_id,
            name=_name(group),
            location=self.source.location(self.dag.dag_id, task=group.node_id),
            region=self.region(group, ids, fail_fast=True),
            comment=_comment(group),
        )

    def label(self, group: TaskGroup) -> GroupLabel:
        """The name of a group."""
        return GroupLabel(name=_name(group), members=frozenset(_members(group)), comment=_comment(group))


def _is_node(group: TaskGroup, *, fail_fast: bool) -> bool:
    if isinstance(group, MappedTaskGroup | BatchJobGraph):
        return True
    return isinstance(group, ParallelBranches) and group.fail_fast and not fail_fast


def _groups(root: TaskGroup, stop: Callable[[TaskGroup], bool]) -> Iterator[TaskGroup]:
    """The groups in a group, outer before inner, without what lies in those where `stop` says so."""
    waiting = _children(root)
    while waiting:
        group = waiting.pop(0)
        yield group
        waiting = ([] if stop(group) else _children(group)) + waiting


def _children(group: TaskGroup) -> list[TaskGroup]:
    return [child for child in group.children.values() if isinstance(child, TaskGroup)]


def _members(group: TaskGroup) -> list[str]:
    return [task.task_id for task in group.iter_tasks() if not isinstance(task, SubmitJobGraph)]


def _name(group: Any) -> str:
    return group.group_display_name or str(group.node_id).rsplit(".", 1)[-1]


def _comment(group: Any) -> str | None:
    return group.doc_md or group.tooltip or None
