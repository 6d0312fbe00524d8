"""How nodes split in series or in parallel where the order lets them."""

from __future__ import annotations

from enum import StrEnum

from asl_export.structure.order import Order, members


class Split(StrEnum):
    """How a shape puts its parts together."""

    NODE = "node"
    SERIES = "series"
    PARALLEL = "parallel"
    GRAPH = "graph"


def split(order: Order, nodes: int) -> tuple[Split, list[int]]:
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
