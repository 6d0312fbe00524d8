"""Where to cut nodes that don't split in series or in parallel: the cuts that may be best, and ways to choose one.

No cut needs to run through nodes that stand to all others in the same way, so such nodes are taken as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import accumulate

from asl_export.structure.order import Order, late_levels, levels, members

THOROUGH = 60
"""So many nodes are cut thoroughly: the cuts beside every single one are tried; the time grows with their cube."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """A cut the order doesn't ask for: all of `first` now comes before all of `then`.

    `added`: how many pairs of nodes wait for it.
    """

    first: int
    then: int
    added: int


Modules = Mapping[int, int]
"""The nodes that are taken as one, by the number of one of them."""


class Way(Enum):
    """A way to choose a cut of some nodes that don't split."""

    FEWEST = auto()
    """The cut that makes the fewest pairs wait."""
    SPARSEST = auto()
    """The cut that makes the smallest share of the pairs on both sides of it wait: rather a large part than a task."""
    HALVING = auto()
    """The sparsest cut with a quarter of the nodes or more on each side, so that few cuts follow one another."""
    AFTER_LEVEL = auto()
    """The sparsest cut between two levels, each as near to the start as it can be: no chain gets longer."""
    BEFORE_LEVEL = auto()
    """The sparsest cut between two levels, each as near to the end as it can be."""


def barriers(order: Order, nodes: int, way: Way) -> Mapping[Way, Barrier]:
    """The cut that a way chooses, and those of the ways that choose among the same cuts."""
    match way:
        case Way.AFTER_LEVEL:
            return {way: _between(order, nodes, levels(order, nodes))}
        case Way.BEFORE_LEVEL:
            return {way: _between(order, nodes, late_levels(order, nodes))}
        case _:
            cuts, least = _cuts(order, nodes), nodes.bit_count() // 4
            most = nodes.bit_count() - least
            balanced = {first: added for first, added in cuts.items() if least <= first.bit_count() <= most}
            return {
                Way.FEWEST: _chosen(nodes, cuts, lambda added, _: added),
                Way.SPARSEST: _chosen(nodes, cuts, lambda added, pairs: added / pairs),
                Way.HALVING: _chosen(nodes, balanced or cuts, lambda added, pairs: added / pairs),
            }


def _between(order: Order, nodes: int, sets: Sequence[int]) -> Barrier:
    single = {number: 1 << number for number in members(nodes)}
    added = dict(_prefixes(order, nodes, single, [number for each in sets for number in members(each)]))
    ends = list(accumulate(sets[:-1], int.__or__))
    return _chosen(nodes, {end: added[end] for end in ends}, lambda more, pairs: more / pairs)


def _chosen(nodes: int, cuts: Mapping[int, int], cost: Callable[[int, int], float]) -> Barrier:
    """The cut of the least cost; of equal ones that nearest to the middle, which leaves the least to cut further."""
    count = nodes.bit_count()

    def rank(first: int) -> tuple[float, int]:
        size = first.bit_count()
        return cost(cuts[first], size * (count - size)), abs(count - 2 * size)

    best = min(cuts, key=rank)
    return Barrier(first=best, then=nodes & ~best, added=cuts[best])


def _cuts(order: Order, nodes: int) -> dict[int, int]:
    """Sets of nodes that may come before all the others, each with how many pairs then wait that didn't."""
    modules = modules_of(order, nodes)
    core = _numbers(modules)
    cuts: dict[int, int] = {}
    for sets in ([core], levels(order, core), late_levels(order, core)):
        cuts.update(_prefixes(order, nodes, modules, [number for each in sets for number in members(each)]))
    for first, number in _beside_one(order, nodes, modules, ends_only=len(modules) > THOROUGH):
        added = cuts[first] if first in cuts else _added(order, nodes, modules, first, core)
        both = first | modules[number]
        cuts[both] = added + _more(order, modules[number], number, first, nodes & ~both)
        cuts[first] = added
    return {first: added for first, added in cuts.items() if first and first != nodes}


def _prefixes(order: Order, nodes: int, modules: Modules, sequence: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The cuts between any two modules of a sequence that keeps the order, in a single pass.

    What a cut adds comes from the cut before: the nodes that change sides wait for the others no longer, and those
    that are left now wait for them.
    """
    first, left, added = 0, nodes, 0
    for number in sequence[:-1]:
        module = modules[number]
        left ^= module
        added += _more(order, module, number, first, left)
        first |= module
        yield first, added


def _more(order: Order, module: int, number: int, first: int, left: int) -> int:
    """How many more pairs wait when a module joins the first side of a cut and leaves the rest on the other."""
    return module.bit_count() * (
        (left & ~order.after[number]).bit_count() - (first & ~order.before[number]).bit_count()
    )


def _beside_one(order: Order, nodes: int, modules: Modules, *, ends_only: bool) -> Iterator[tuple[int, int]]:
    """For each module, or each source and sink, a cut with all before it on the first side and one with all not after.

    The module itself isn't on that side: it may join it.
    """
    for number, module in modules.items():
        before, after = order.before[number] & nodes & ~module, order.after[number] & nodes & ~module
        if not ends_only or not before or not after:
            yield before, number
            yield nodes & ~after & ~module, number


def _added(order: Order, nodes: int, modules: Modules, first: int, core: int) -> int:
    """How many pairs wait for a cut, counted on its smaller side."""
    then = nodes & ~first
    if first.bit_count() <= then.bit_count():
        side, other, ordered = first, then, order.after
    else:
        side, other, ordered = then, first, order.before
    return sum(modules[number].bit_count() * (other & ~ordered[number]).bit_count() for number in members(side & core))


def modules_of(order: Order, nodes: int) -> dict[int, int]:
    """Nodes that stand to all others in the same way as one: those side by side, those in a row, and these again.

    A best nesting never needs to part them: where one of them waits for the fewest others, all may be.
    """
    found = {number: 1 << number for number in members(nodes)}
    count = 0
    while len(found) != count:
        count = len(found)
        _merge_twins(order, found)
        _merge_rows(order, found)
    return found


def _merge_twins(order: Order, found: dict[int, int]) -> None:
    core = _numbers(found)
    twin: dict[tuple[int, int], int] = {}
    for number in list(found):
        one = twin.setdefault((order.before[number] & core, order.after[number] & core), number)
        if one != number:
            found[one] |= found.pop(number)


def _merge_rows(order: Order, found: dict[int, int]) -> None:
    core = _numbers(found)
    for number in reversed(list(found)):
        after = order.after[number] & core
        following = after & -after
        other = following.bit_length() - 1
        if (
            after
            and order.after[other] & core == after ^ following
            and order.before[other] & core == order.before[number] & core | 1 << number
        ):
            found[number] |= found.pop(other)


def _numbers(modules: Modules) -> int:
    return sum(1 << number for number in modules)
