"""Which node of a region each task lies in, and whether a group can be one node: all of it waits, all is waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import Container, GraphNode, JoinNode, MapNode, Node, Region
from asl_export.structure.order import Order, members, order_of

_MOST_NAMED = 8


def owners(region: Region) -> dict[str, str]:
    """The id of the region's node that each task lies in."""
    return {task: node.id for node in region.nodes for task in tasks_of(node)}


def tasks_of(node: Node) -> list[str]:
    """The ids of all tasks in a node."""
    return [leaf.id for leaf in _leaves(node)]


def working_tasks(node: Node) -> list[str]:
    """The ids of the tasks in a node that do something."""
    return [leaf.id for leaf in _leaves(node) if not isinstance(leaf, JoinNode)]


def _leaves(node: Node) -> list[Node]:
    found: list[Node] = []
    waiting: list[Node] = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, Container) and inner.region.nodes:
            waiting.extend(reversed(inner.region.nodes))
        else:
            found.append(inner)
    return found


def outer_edges(region: Region) -> list[tuple[str, str]]:
    """The region's edges between its own nodes."""
    owner = owners(region)
    pairs = ((owner[above], owner[below]) for above, below in region.edges)
    return [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]


def check_groups(region: Region) -> Iterator[Diagnostic]:
    """A refusal for each group node with an edge to or from only some of its tasks."""
    order = order_of(list(owners(region)), region.edges)
    number = {name: index for index, name in enumerate(order.ids)}
    waiting: list[Node] = list(region.nodes)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, Container) and node.region.nodes:
            yield from _check_group(node, order, number)
            waiting = [*node.region.nodes, *waiting]


def _check_group(node: Container, order: Order, number: Mapping[str, int]) -> Iterator[Diagnostic]:
    inside = sum(1 << number[task] for task in tasks_of(node))
    for sets, words in ((order.before, "comes before"), (order.after, "comes after")):
        around = [(inner, sets[inner] & ~inside) for inner in members(inside)]
        some = every = around[0][1]
        for _, outside in around:
            some |= outside
            every &= outside
        partial = some & ~every
        for other in islice(members(partial), 1):
            without = [order.ids[inner] for inner, outside in around if not outside >> other & 1]
            if isinstance(node, MapNode) and not _is_between(order, inside, other):
                pairs = _waits(order, around, partial, after=sets is order.after)
                yield _waiting(node, order.ids[other], words, without, tuple(pairs))
            else:
                yield _refused(node, f"{order.ids[other]!r} {words} only some of its tasks, not {_listed(without)}")


def _is_between(order: Order, inside: int, other: int) -> bool:
    """Whether a task comes after some tasks of a group and before others."""
    return bool(order.before[other] & inside and order.after[other] & inside)


def _waits(order: Order, around: Sequence[tuple[int, int]], others: int, *, after: bool) -> Iterator[tuple[str, str]]:
    """The tasks of a group that now wait for others, or that others now wait for, each with one of these."""
    for inner, outside in around:
        for other in members(others & ~outside):
            yield (order.ids[other], order.ids[inner]) if after else (order.ids[inner], order.ids[other])


def _waiting(
    node: MapNode, other: str, words: str, without: list[str], waits: tuple[tuple[str, str], ...]
) -> Diagnostic:
    told = _listed(without)
    now = "now waits for" if len(without) == 1 else "now wait for"
    added = f"{told} {now} {other!r}" if words == "comes before" else f"{other!r} now waits for {told} too"
    return Diagnostic(
        code=Code.BARRIER,
        message=f"tasks wait for more than the DAG asks: {added}",
        location=node.location,
        why=f"the mapped group {node.id!r} is one state, which starts and ends as a whole",
        fix="draw the edge to or from the whole group if the waiting is fine, or move the task out of the group",
        severity=Severity.WARNING,
        waits=waits,
    )


def _refused(node: Container, how: str) -> Diagnostic:
    kind = {MapNode: "mapped group", GraphNode: "job graph"}.get(type(node), "fail-fast group")
    return Diagnostic(
        code=Code.GROUP_EDGES,
        message=f"the {kind} {node.id!r} can't be one state: {how}",
        location=node.location,
        why="a state starts and ends as a whole",
        fix="draw the edge to or from the whole group, or move the task into the group",
    )


def _listed(names: list[str]) -> str:
    more = [f"and {len(names) - _MOST_NAMED} more"] if len(names) > _MOST_NAMED else []
    return ", ".join([*map(repr, names[:_MOST_NAMED]), *more])
