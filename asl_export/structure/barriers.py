"""The warning about a barrier: which edges forced it and which tasks now wait for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.graph import JoinNode, Node
from asl_export.structure.contract import tasks_of
from asl_export.structure.cuts import Barrier
from asl_export.structure.decompose import Decomposition
from asl_export.structure.order import Order, levels, members

_MOST_NAMED = 8
_MOST_WARNINGS = 5
_MOST_TOLD = 3
_FIX = (
    "add the edges to the DAG if the waiting is fine, split the task that the edges share, or leave it to "
    "Batch: it keeps any order of jobs without retries, execution_timeout and result"
)


def explain(
    order: Order,
    found: Decomposition,
    nodes: Mapping[str, Node],
    edges: Sequence[tuple[str, str]],
    where: Location,
) -> Iterator[Diagnostic]:
    """One warning for each barrier that makes a task wait for one it doesn't depend on; for many, one for all."""
    told = [barrier for barrier in found.barriers if any(_told(order, barrier, nodes))]
    if len(told) > _MOST_WARNINGS:
        yield _summary(order, told, found.longest, nodes, edges, where)
    else:
        yield from (_warning(order, barrier, nodes, edges, where) for barrier in told)


def _warning(
    order: Order, barrier: Barrier, nodes: Mapping[str, Node], edges: Sequence[tuple[str, str]], where: Location
) -> Diagnostic:
    return Diagnostic(
        code=Code.BARRIER,
        message="tasks wait for more than the DAG asks: " + _listed(list(_told(order, barrier, nodes)), "; "),
        location=where,
        why=f"states nest, and these edges cross: {_listed(_crossing(order, barrier, edges), ', ')}",
        fix=_FIX,
        severity=Severity.WARNING,
        waits=tuple(_waits(order, barrier, _tasks(order, nodes))),
    )


def _summary(
    order: Order,
    barriers: Sequence[Barrier],
    longest: int,
    nodes: Mapping[str, Node],
    edges: Sequence[tuple[str, str]],
    where: Location,
) -> Diagnostic:
    """The warning for many barriers: how many tasks wait, how much longer the longest chain is, the worst barriers."""
    tasks = _tasks(order, nodes)
    waits = dict.fromkeys(wait for barrier in barriers for wait in _waits(order, barrier, tasks))
    asked = len(levels(order, (1 << len(order.ids)) - 1))
    longer = f"; the longest chain has {longest} tasks instead of {asked}" if longest > asked else ""
    worst = sorted(barriers, key=lambda barrier: -barrier.added)[:_MOST_TOLD]
    told = [_listed(list(_told(order, barrier, nodes)), "; ", most=1) for barrier in worst]
    crossing = dict.fromkeys(edge for barrier in worst for edge in _crossing(order, barrier, edges))
    return Diagnostic(
        code=Code.BARRIER,
        message=f"{len({task for task, _ in waits})} tasks wait for more than the DAG asks, {len(waits)} pairs in "
        f"all{longer}; among them {'; '.join(told)}",
        location=where,
        why=f"states nest, and edges cross in {len(barriers)} places, among them {_listed(list(crossing), ', ')}",
        fix=_FIX,
        severity=Severity.WARNING,
        waits=tuple(waits),
    )


def _tasks(order: Order, nodes: Mapping[str, Node]) -> list[list[str]]:
    """The tasks of each node, by its number."""
    return [tasks_of(nodes[name]) for name in order.ids]


def _waits(order: Order, barrier: Barrier, tasks: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Every task of a barrier with each that it now waits for; those of a group do as the group."""
    for number in members(barrier.then):
        for other in members(barrier.first & ~order.before[number]):
            yield from product(tasks[number], tasks[other])


def _told(order: Order, barrier: Barrier, nodes: Mapping[str, Node]) -> Iterator[str]:
    """Each task with those that it waits for because of a barrier."""
    waits = (_wait(order, barrier, nodes, number) for number in members(barrier.then))
    return (wait for wait in waits if wait)


def _wait(order: Order, barrier: Barrier, nodes: Mapping[str, Node], number: int) -> str | None:
    if isinstance(nodes[order.ids[number]], JoinNode):
        return None
    added = barrier.first & ~order.before[number]
    names = [repr(order.ids[other]) for other in members(added) if not isinstance(nodes[order.ids[other]], JoinNode)]
    return f"{order.ids[number]!r} now waits for {_listed(names, ', ')}" if names else None


def _crossing(order: Order, barrier: Barrier, edges: Sequence[tuple[str, str]]) -> list[str]:
    number = {node: index for index, node in enumerate(order.ids)}
    return [
        f"{above!r} → {below!r}"
        for above, below in edges
        if barrier.first >> number[above] & 1 and barrier.then >> number[below] & 1
    ]


def _listed(names: Sequence[str], separator: str, most: int = _MOST_NAMED) -> str:
    more = len(names) - most
    return separator.join([*names[:most], *([f"and {more} more"] if more > 0 else [])])
