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
from functools import cache

from asl_export.structure.cuts import THOROUGH, Barrier, Way, barriers
from asl_export.structure.order import Order, levels
from asl_export.structure.parts import Split, split
from asl_export.structure.search import best_cut

_EFFORT = 10
"""So many times the nodes, and `_LEAST_EFFORT` more, may be looked at for cuts that take off a few nodes each."""
_LEAST_EFFORT = 5000


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
    """Chooses cuts by trying all ways to the end, and again in the parts: there another way may be best.

    Large parts must have a third of the size, as it takes long; of a few nodes every cut is tried instead.

    `planned`: by the nodes that it cuts, a barrier of the best way so far, and how many nodes were contested then.
    """

    order: Order
    whole: Callable[[int], bool]
    planned: dict[int, tuple[Barrier, int]] = field(default_factory=dict)
    known: dict[tuple[Way, int], Barrier] = field(default_factory=dict)

    def choose(self, nodes: int) -> Barrier:
        """The first cut of the best way."""
        count = nodes.bit_count()
        if best := best_cut(self.order, nodes, self.whole):
            return best
        if nodes not in self.planned or count <= THOROUGH or 3 * count <= self.planned[nodes][1]:
            ways = [*([self._as_planned] if nodes in self.planned else []), *(self._way(way, count) for way in Way)]
            tried = [_followed(self.order, nodes, self.whole, choose) for choose in ways]
            least = min(tried, key=lambda found: found.cost)
            self.planned.update((barrier.first | barrier.then, (barrier, count)) for barrier in least.barriers)
        return self.planned[nodes][0]

    def _as_planned(self, nodes: int) -> Barrier:
        return self.planned[nodes][0]

    def _way(self, way: Way, count: int) -> Callable[[int], Barrier]:
        """A way to choose cuts, but halves once it has looked at too many nodes."""
        left = _EFFORT * count + _LEAST_EFFORT

        def choose(nodes: int) -> Barrier:
            nonlocal left
            if (way, nodes) not in self.known:
                left -= nodes.bit_count()
            return self._cut(way if left > 0 else Way.HALVING, nodes)

        return choose

    def _cut(self, way: Way, nodes: int) -> Barrier:
        if (way, nodes) not in self.known:
            found = barriers(self.order, nodes, way)
            self.known.update(((each, nodes), barrier) for each, barrier in found.items())
        return self.known[way, nodes]


def _followed(order: Order, root: int, whole: Callable[[int], bool], choose: Callable[[int], Barrier]) -> Decomposition:
    """The shape of some nodes, with the cuts that one way chooses; works off a list, so chains may be long."""
    barriers: list[Barrier] = []
    done: list[tuple[Shape, int]] = []
    waiting: list[tuple[Split | None, int, int]] = [(None, root, 0)]
    while waiting:
        joined, nodes, count = waiting.pop()
        if joined is not None:
            done[-count:] = [_joined(joined, nodes, done[-count:])]
        elif nodes & (nodes - 1) == 0:
            done.append((Shape(split=Split.NODE, nodes=nodes), 1))
        else:
            kind, parts = split(order, nodes)
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


def _joined(kind: Split, nodes: int, parts: list[tuple[Shape, int]]) -> tuple[Shape, int]:
    """A shape of parts and its longest chain."""
    longest = [chain for _, chain in parts]
    return (
        Shape(split=kind, nodes=nodes, parts=tuple(part for part, _ in parts)),
        sum(longest) if kind is Split.SERIES else max(longest),
    )
