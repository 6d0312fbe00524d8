"""A region's order taken apart into series and parallel, without adding any waiting where that is possible.

A set of nodes splits in parallel where no order links its parts, and in series where every node of one part comes
before every node of the next. A set that splits neither way isn't series-parallel: it holds four nodes with a → c,
a → d and b → d, but not b → c. There a barrier cuts it in two, where that adds the least waiting. No single cut shows
what the cuts of its parts will add, so several ways to choose cuts are followed to the end, and the best is kept.
(Valdes, Tarjan, Lawler: The recognition of series parallel digraphs, SIAM J. Comput. 11, 1982.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from asl_export.structure.cuts import Barrier, Way, after_level, before_level, fewest, halving, levels, sparsest
from asl_export.structure.order import Order, members

_WAYS: tuple[Way, ...] = (fewest, sparsest, halving, after_level, before_level)
_EFFORT = 10
"""So many times the nodes, and `_LEAST_EFFORT` more, may be looked at for cuts that take off a few nodes each."""
_LEAST_EFFORT = 5000


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
class Decomposition:
    """The shape of a whole order, the barriers it took, and how many nodes of it run one after the other at most."""

    shape: Shape
    barriers: tuple[Barrier, ...]
    longest: int

    @property
    def cost(self) -> tuple[int, int]:
        """What makes one worse than another: pairs of nodes that wait for a barrier, then the longest chain."""
        return sum(barrier.added for barrier in self.barriers), self.longest


def decompose(order: Order, *, whole: Callable[[int], bool] = lambda _: False) -> Decomposition:
    """The series-parallel shape of an order.

    :param whole: whether a set of nodes that isn't series-parallel may stay a graph, without a barrier.
    """
    contest = _Contest(order=order, whole=cache(whole))
    return _followed(order, (1 << len(order.ids)) - 1, contest.whole, contest.choose)


@dataclass(slots=True, kw_only=True)
class _Contest:
    """Chooses cuts by trying all ways to the end, and again in parts of half the size: there another may be best.

    `planned`: by the nodes that it cuts, a barrier of the best way so far, and how many nodes were contested then.
    """

    order: Order
    whole: Callable[[int], bool]
    planned: dict[int, tuple[Barrier, int]] = field(default_factory=dict)
    known: dict[tuple[Way, int], Barrier] = field(default_factory=dict)

    def choose(self, nodes: int) -> Barrier:
        """The first cut of the best way."""
        count = nodes.bit_count()
        if nodes not in self.planned or 2 * count <= self.planned[nodes][1]:
            ways = [*([self._as_planned] if nodes in self.planned else []), *(self._way(way, count) for way in _WAYS)]
            tried = [_followed(self.order, nodes, self.whole, choose) for choose in ways]
            best = min(tried, key=lambda found: found.cost)
            self.planned.update((barrier.first | barrier.then, (barrier, count)) for barrier in best.barriers)
        return self.planned[nodes][0]

    def _as_planned(self, nodes: int) -> Barrier:
        return self.planned[nodes][0]

    def _way(self, way: Way, count: int) -> Callable[[int], Barrier]:
        """A way to choose cuts, but between levels once it has looked at too many nodes."""
        left = _EFFORT * count + _LEAST_EFFORT

        def choose(nodes: int) -> Barrier:
            nonlocal left
            if (way, nodes) not in self.known:
                left -= nodes.bit_count()
            return self._cut(way if left > 0 else halving, nodes)

        return choose

    def _cut(self, way: Way, nodes: int) -> Barrier:
        if (way, nodes) not in self.known:
            self.known[way, nodes] = way(self.order, nodes)
        return self.known[way, nodes]


def _followed(order: Order, root: int, whole: Callable[[int], bool], choose: Callable[[int], Barrier]) -> Decomposition:
    """The shape of some nodes, with the cuts that one way chooses; works off a list, so chains may be long."""
    barriers: list[Barrier] = []
    done: list[tuple[Shape, int]] = []
    waiting: list[tuple[Split | None, int, int]] = [(None, root, 0)]
    while waiting:
        split, nodes, count = waiting.pop()
        if split is not None:
            done[-count:] = [_joined(split, nodes, done[-count:])]
        elif nodes & (nodes - 1) == 0:
            done.append((Shape(split=Split.NODE, nodes=nodes), 1))
        else:
            kind, parts = _split(order, nodes)
            if not parts and whole(nodes):
                done.append((Shape(split=Split.GRAPH, nodes=nodes), len(levels(order, nodes))))
                continue
            if not parts:
                barriers.append(choose(nodes))
                parts = [barriers[-1].first, barriers[-1].then]
            waiting.append((kind, nodes, len(parts)))
            waiting.extend((None, part, 0) for part in reversed(parts))
    ((shape, longest),) = done
    return Decomposition(shape=shape, barriers=tuple(barriers), longest=longest)


def _joined(split: Split, nodes: int, parts: list[tuple[Shape, int]]) -> tuple[Shape, int]:
    """A shape of parts and its longest chain."""
    longest = [chain for _, chain in parts]
    return (
        Shape(split=split, nodes=nodes, parts=tuple(part for part, _ in parts)),
        sum(longest) if split is Split.SERIES else max(longest),
    )


def _split(order: Order, nodes: int) -> tuple[Split, list[int]]:
    """The parts that need no barrier; none where nodes split neither way."""
    side_by_side = _side_by_side(order, nodes)
    if len(side_by_side) > 1:
        return Split.PARALLEL, side_by_side
    one_by_one = _one_by_one(order, nodes)
    return Split.SERIES, one_by_one if len(one_by_one) > 1 else []


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
