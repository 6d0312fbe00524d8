"""Jobs in an order that no nesting of series and parallel has: Batch itself keeps it, by what each job depends on.

All jobs are submitted at once, one state after the other; the last ones, on which none depends, are waited for side by
side. A job whose dependency fails is failed by Batch without running, as Airflow would mark its task upstream_failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from asl_export.ir.blocks import Block, Join, Parallel, Series, Task
from asl_export.ir.graph import JobNode, JoinNode, Node
from asl_export.ir.values import Kind, TaskOutput, walk
from asl_export.structure.order import Order, members

Edge = tuple[str, str]
MOST_DEPENDENCIES = 20
"""Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html"""


def may_be_job_graph(nodes: Mapping[str, Node], edges: Sequence[Edge], order: Order, bits: int) -> bool:
    """Whether Batch can keep the order of some nodes: jobs that Airflow wouldn't retry or cut short, and joins.

    None may use a result of another: all are submitted before the first has run.
    """
    chosen = [nodes[order.ids[number]] for number in members(bits)]
    inside = {node.id for node in chosen}
    if not all(isinstance(node, JoinNode) or _is_plain(node, inside) for node in chosen):
        return False
    above = _dependencies(nodes, edges, [node.id for node in chosen])
    return all(
        len(above[node.id]) + len(node.request.get("DependsOn") or ()) <= MOST_DEPENDENCIES
        for node in chosen
        if isinstance(node, JobNode)
    )


def job_graph(
    nodes: Mapping[str, Node], edges: Sequence[Edge], order: Order, bits: int, name: str | None, comment: str | None
) -> Block:
    """The states of a job graph: submissions with what each depends on, the last ones waited for."""
    ids = [order.ids[number] for number in members(bits)]
    above = _dependencies(nodes, edges, ids)
    # A job that only joins follow is waited for: they have no state that could.
    needed = {task for name, tasks in above.items() if isinstance(nodes[name], JobNode) for task in tasks}
    jobs = [_depending(node, above[node.id]) for task in ids if isinstance(node := nodes[task], JobNode)]
    first = [Task(node=replace(job, wait=False, result=None)) for job in jobs if job.id in needed]
    last = [Task(node=job) for job in jobs if job.id not in needed]
    # Their results are there once all that depends on them has ended.
    read = [
        Task(node=replace(job, name=f"{job.name} result", submitted=True))
        for job in jobs
        if job.id in needed and job.result is not None
    ]
    joins = [Join(node=node) for task in ids if isinstance(node := nodes[task], JoinNode)]
    if len(last) == 1:
        return Series(blocks=(*first, *last, *read, *joins))
    label = name or f"{last[0].node.name} and {len(last) - 1} more"
    together = Parallel(name=label, branches=tuple(last), fail_fast=False, comment=comment)
    return Series(blocks=(*first, together, *read, *joins))


def _is_plain(node: Node, inside: set[str]) -> bool:
    return (
        isinstance(node, JobNode)
        and node.wait
        and node.retry is None
        and node.timeout is None
        and node.result is None
        and not any(isinstance(value, TaskOutput) and value.task in inside for value in walk(node.request))
    )


def _depending(node: JobNode, above: Sequence[str]) -> JobNode:
    if not above:
        return node
    # The job's id, whatever the task's result is.
    ids = [{"JobId": TaskOutput(task=task, key="job", kind=Kind.TEXT, source=f"{task}.output")} for task in above]
    return replace(node, request={**node.request, "DependsOn": [*(node.request.get("DependsOn") or ()), *ids]})


def _dependencies(nodes: Mapping[str, Node], edges: Sequence[Edge], ids: Sequence[str]) -> dict[str, list[str]]:
    """The jobs that each node waits for directly or by way of joins: the very ones that Airflow would name."""
    inside = set(ids)
    direct: dict[str, list[str]] = {task: [] for task in ids}
    for above, below in edges:
        if above in inside and below in inside:
            direct[below].append(above)
    through: dict[str, dict[str, None]] = {}
    for task in ids:
        found: dict[str, None] = {}
        for above in direct[task]:
            found.update(through[above] if isinstance(nodes[above], JoinNode) else {above: None})
        through[task] = found
    return {task: list(found) for task, found in through.items()}
