"""A region's order taken apart into series and parallel, without adding any waiting where that is possible.

A set of nodes splits in parallel where no order links its parts, and in series where every node of one part comes
before every node of the next. A set that splits neither way isn't series-parallel: it holds four nodes with a → c,
a → d and b → d, but not b → c. There a barrier cuts it in two, where that adds the least waiting.
(Valdes, Tarjan, Lawler: The recognition of series parallel digraphs, SIAM J. Comput. 11, 1982.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asl_export.structure.order import Order, members

_THOROUGH = 120
"""Up to so many nodes every cut that a level or a single node suggests is tried; its time grows with their cube."""


class Split(StrEnum):
    """How a shape puts its parts together."""

    NODE = "node"
    SERIES = "series"
    PARALLEL = "parallel"
    GRAPH = "graph"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A node (by number), parts in series or in parallel, or a graph left whole; all node numbers as a bit set."""

    split: Split
    nodes: int
    parts: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A cut the order doesn't ask for: all of `first` now comes before all of `then`."""

    first: int
    then: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """The shape of a whole order and the barriers it took."""

    shape: Shape
    barriers: tuple[Barrier, ...]


def decompose(order: Order, *, whole: Callable[[int], bool] = lambda _: False) -> Decomposition:
    """The series-parallel shape of an order; works off a list, so chains may be long.

    :param whole: whether a set of nodes that isn't series-parallel may stay a graph, without a barrier.
    """
    barriers: list[Barrier] = []
    done: list[Shape] = []
    waiting: list[tuple[Split | None, int, int]] = [(None, (1 << len(order.ids)) - 1, 0)]
    while waiting:
        split, nodes, count = waiting.pop()
        if split is not None:
            done[-count:] = [Shape(split=split, nodes=nodes, parts=tuple(done[-count:]))]
        elif nodes & (nodes - 1) == 0:
            done.append(Shape(split=Split.NODE, nodes=nodes))
        else:
            kind, parts, barrier = _split(order, nodes, whole)
            if kind is Split.GRAPH:
                done.append(Shape(split=kind, nodes=nodes))
                continue
            barriers.extend([barrier] if barrier else [])
            waiting.append((kind, nodes, len(parts)))
            waiting.extend((None, part, 0) for part in reversed(parts))
    return Decomposition(shape=done[0], barriers=tuple(barriers))


def _split(order: Order, nodes: int, whole: Callable[[int], bool]) -> tuple[Split, list[int], Barrier | None]:
    side_by_side = _side_by_side(order, nodes)
    if len(side_by_side) > 1:
        return Split.PARALLEL, side_by_side, None
    one_by_one = _one_by_one(order, nodes)
    if len(one_by_one) > 1:
        return Split.SERIES, one_by_one, None
    if whole(nodes):
        return Split.GRAPH, [], None
    barrier = _best_barrier(order, nodes)
    return Split.SERIES, [barrier.first, barrier.then], barrier


def _side_by_side(order: Order, nodes: int) -> list[int]:
    """The parts of a set that no order links, in the order of their first nodes."""
    parts: list[int] = []
    left = nodes
    while left:
        part, frontier = 0, left & -left
        while frontier:
            lowest = frontier & -frontier
            part |= lowest
            frontier = (frontier | order.comparable(lowest.bit_length() - 1)) & left & ~part
            if part | frontier == left:  # all the rest hangs together, whatever the frontier reaches
                part, frontier = left, 0
        parts.append(part)
        left &= ~part
    return parts


def _one_by_one(order: Order, nodes: int) -> list[int]:
    """The parts of a set of which each comes before all of the next.

    Numbers follow the order, so each part ends where all so far come before all that is left.
    """
    parts: list[int] = []
    part, left, after_part = 0, nodes, nodes
    for number in members(nodes):
        part |= 1 << number
        left &= ~part
        after_part &= order.after[number]
        if left & after_part == left:
            parts.append(part)
            part, after_part = 0, left
    return parts


def _best_barrier(order: Order, nodes: int) -> Barrier:
    """The cut that makes the fewest pairs of nodes wait that didn't; the earliest of equal ones."""
    if nodes.bit_count() > _THOROUGH:
        return _best_prefix(order, nodes)
    candidates = dict.fromkeys([*_levels(order, nodes), *_closures(order, nodes)])
    cuts = [Barrier(first=first, then=nodes & ~first) for first in candidates if first and first != nodes]
    return min(cuts, key=lambda cut: _added(order, cut))


def _best_prefix(order: Order, nodes: int) -> Barrier:
    """The best cut between two nodes that follow each other by number: for many nodes, as it takes a single pass.

    What a cut adds comes from the cut before: the node that changes sides waits for the others no longer, and those
    that are left now wait for it.
    """
    first, left, added, best, least = 0, nodes, 0, 0, -1
    for number in members(nodes):
        left ^= 1 << number
        if not left:
            break
        added += (left & ~order.after[number]).bit_count() - (first & ~order.before[number]).bit_count()
        first |= 1 << number
        if least < 0 or added < least:
            best, least = first, added
    return Barrier(first=best, then=nodes & ~best)


def _added(order: Order, cut: Barrier) -> int:
    return sum((cut.then & ~order.after[number]).bit_count() for number in members(cut.first))


def _levels(order: Order, nodes: int) -> list[int]:
    """The sets of nodes up to each depth."""
    depth: dict[int, int] = {}
    for number in members(nodes):
        above = members(order.before[number] & nodes)
        depth[number] = 1 + max((depth[other] for other in above), default=-1)
    sets = [0] * (max(depth.values()) + 1)
    for number, level in depth.items():
        sets[level] |= 1 << number
    for level in range(1, len(sets)):
        sets[level] |= sets[level - 1]
    return sets


def _closures(order: Order, nodes: int) -> list[int]:
    """Everything before a node with it, and everything but what comes after a node, for each node."""
    found: list[int] = []
    for number in members(nodes):
        found.append((order.before[number] | 1 << number) & nodes)
        found.append(order.before[number] & nodes)
        found.append(nodes & ~order.after[number] & ~(1 << number))
        found.append(nodes & ~order.after[number])
    return found
