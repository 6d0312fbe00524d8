"""The order of a region's nodes: who comes before whom, directly or not, as bit sets."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from asl_export.diagnostics import InternalError


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Nodes numbered so that each comes after all it depends on; `before[i]` and `after[i]` are bit sets of numbers."""

    ids: tuple[str, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def comparable(self, number: int) -> int:
        """The nodes that come before or after this one."""
        return self.before[number] | self.after[number]


def order_of(ids: Sequence[str], edges: Sequence[tuple[str, str]]) -> Order:
    """The order that edges between ids demand; nodes without an order stay as they were given.

    :raises InternalError: for a cycle, which Airflow refuses when it parses the DAG.
    """
    position = {node: index for index, node in enumerate(ids)}
    children: list[list[int]] = [[] for _ in ids]
    waiting = [0] * len(ids)
    for above, below in dict.fromkeys(edges):
        children[position[above]].append(position[below])
        waiting[position[below]] += 1
    ready = [index for index, count in enumerate(waiting) if not count]
    heapq.heapify(ready)
    sequence: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        sequence.append(index)
        for child in children[index]:
            waiting[child] -= 1
            if not waiting[child]:
                heapq.heappush(ready, child)
    if len(sequence) != len(ids):
        raise InternalError("the graph has a cycle")
    number = {index: rank for rank, index in enumerate(sequence)}
    below_of = [[number[child] for child in children[index]] for index in sequence]
    after = [0] * len(ids)
    before = [0] * len(ids)
    for rank in reversed(range(len(ids))):
        for child in below_of[rank]:
            after[rank] |= after[child] | (1 << child)
    for rank in range(len(ids)):
        for child in below_of[rank]:
            before[child] |= before[rank] | (1 << rank)
    return Order(ids=tuple(ids[index] for index in sequence), before=tuple(before), after=tuple(after))


def members(bits: int) -> Iterator[int]:
    """The numbers in a bit set, lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def levels(order: Order, nodes: int) -> list[int]:
    """The nodes by the length of the longest chain that leads to them."""
    return _levels(members(nodes), order.before)


def late_levels(order: Order, nodes: int) -> list[int]:
    """The nodes by the length of the longest chain that they lead to, the longest first."""
    return _levels(reversed(list(members(nodes))), order.after)[::-1]


def _levels(numbers: Iterable[int], needed: Sequence[int]) -> list[int]:
    """Each number in the first set that comes after all that it needs."""
    found: list[int] = []
    for number in numbers:
        # Who needs one of a level needs one of each before it too, so the last such level is found by halves.
        low, high = 0, len(found)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if needed[number] & found[middle] else (low, middle)
        found.extend([0] if low == len(found) else [])
        found[low] |= 1 << number
    return found
