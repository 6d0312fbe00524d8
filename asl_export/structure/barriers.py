"""The warning about a barrier: which edges forced it and which tasks now wait for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.ir.graph import JoinNode, Node
from asl_export.structure.contract import tasks_of
from asl_export.structure.cuts import Barrier
from asl_export.structure.order import Order, members

_MOST_NAMED = 8


def explain(
    order: Order,
    barriers: Sequence[Barrier],
    nodes: Mapping[str, Node],
    edges: Sequence[tuple[str, str]],
    where: Location,
) -> Iterator[Diagnostic]:
    """One warning for each barrier that makes a task wait for one it doesn't depend on."""
    for barrier in barriers:
        waits = [_wait(order, barrier, nodes, number) for number in members(barrier.then)]
        told = [wait for wait in waits if wait]
        if not told:
            continue
        yield Diagnostic(
            code=Code.BARRIER,
            message="tasks wait for more than the DAG asks: " + _listed(told, "; "),
            location=where,
            why=f"states nest, and these edges cross: {_listed(_crossing(order, barrier, edges), ', ')}",
            fix="add the edges to the DAG if the waiting is fine, split the task that the edges share, or leave it to "
            "Batch: it keeps any order of jobs without retries, execution_timeout and result",
            severity=Severity.WARNING,
            waits=tuple(_waits(order, barrier, nodes)),
        )


def _waits(order: Order, barrier: Barrier, nodes: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """Every task of a barrier with each that it now waits for; those of a group do as the group."""
    tasks = [tasks_of(nodes[name]) for name in order.ids]
    for number in members(barrier.then):
        for other in members(barrier.first & ~order.before[number]):
            yield from product(tasks[number], tasks[other])


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


def _listed(names: Sequence[str], separator: str) -> str:
    more = len(names) - _MOST_NAMED
    return separator.join([*names[:_MOST_NAMED], *([f"and {more} more"] if more > 0 else [])])
