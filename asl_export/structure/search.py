"""The best cut of a few nodes: every cut is tried, and every cut of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asl_export.structure.cuts import Barrier, modules_of
from asl_export.structure.order import Order, levels, members
from asl_export.structure.parts import Split, split

MOST = 10
"""So many nodes are few, each with those that are taken as one with it; the time grows with the power of two."""

_Cost = tuple[int, int]
"""How many pairs wait that needn't, and the longest chain."""


def best_cut(order: Order, nodes: int, whole: Callable[[int], bool]) -> Barrier | None:
    """The cut of nodes that don't split by which, with the best cuts of its parts, the fewest pairs wait.

    None where the nodes are too many.
    """
    modules = modules_of(order, nodes)
    if len(modules) > MOST:
        return None
    search = _Search(order=order, modules=modules, whole=whole)
    core = sum(1 << number for number in modules)
    _, added, first = search.best(core)
    return Barrier(first=search.expanded(first), then=search.expanded(core & ~first), added=added)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Works on one node of each module."""

    order: Order
    modules: dict[int, int]
    whole: Callable[[int], bool]
    known: dict[int, _Cost] = field(default_factory=dict)

    def cost(self, core: int) -> _Cost:
        """The least cost of some modules."""
        if core not in self.known:
            self.known[core] = self._cost(core)
        return self.known[core]

    def _cost(self, core: int) -> _Cost:
        if core & (core - 1) == 0:
            return 0, len(levels(self.order, self.expanded(core)))
        kind, parts = split(self.order, core)
        if not parts and self.whole(self.expanded(core)):
            return 0, len(levels(self.order, self.expanded(core)))
        if not parts:
            return self.best(core)[0]
        pairs, longest = zip(*map(self.cost, parts), strict=True)
        return sum(pairs), sum(longest) if kind is Split.SERIES else max(longest)

    def best(self, core: int) -> tuple[_Cost, int, int]:
        """The best cut of modules that don't split: its cost with that of its parts, its own pairs, its first side."""
        found: list[tuple[_Cost, int, int]] = []
        for added, first in sorted((self.added(each, core & ~each), each) for each in self.cuts(core)):
            if found and added > found[0][0][0]:
                break  # neither this cut nor any that follows can be better
            (above, chain), (below, further) = self.cost(first), self.cost(core & ~first)
            found = [min([*found, ((added + above + below, chain + further), added, first)])]
        return found[0]

    def added(self, first: int, then: int) -> int:
        """How many pairs wait for a cut."""
        other = self.expanded(then)
        return sum(
            self.modules[number].bit_count() * (other & ~self.order.after[number]).bit_count()
            for number in members(first)
        )

    def cuts(self, core: int) -> list[int]:
        """Every set of modules that may come before the others."""
        found = [0]
        for number in members(core):
            needed = self.order.before[number] & core
            found += [each | 1 << number for each in found if needed & ~each == 0]
        return [each for each in found if each and each != core]

    def expanded(self, core: int) -> int:
        """All nodes of some modules."""
        return sum(self.modules[number] for number in members(core))
