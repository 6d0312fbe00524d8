"""Which row each state is in, and its order and place in the row (layered drawing after Sugiyama)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

SWEEPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An edge of the rows' graph: never upwards, over `span` rows at least."""

    source: str
    target: str
    span: int


def loops(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> frozenset[int]:
    """Positions of the edges that close a loop, found from the first name on."""
    after: dict[str, list[int]] = {name: [] for name in names}
    for position, (source, _) in enumerate(edges):
        after[source].append(position)
    closing: set[int] = set()
    state: dict[str, int] = {}  # 1: on the way, 2: done
    for root in names:
        if root in state:
            continue
        state[root] = 1
        way = [(root, iter(after[root]))]
        while way:
            name, rest = way[-1]
            edge = next(rest, None)
            if edge is None:
                state[name] = 2
                way.pop()
                continue
            target = edges[edge][1]
            if state.get(target) == 1:
                closing.add(edge)
            elif target not in state:
                state[target] = 1
                way.append((target, iter(after[target])))
    return frozenset(closing)


def rank(names: Sequence[str], links: Sequence[Link]) -> dict[str, int]:
    """The row of each name: below everything that leads to it. The links have no loop."""
    waiting = dict.fromkeys(names, 0)
    for link in links:
        waiting[link.target] += 1
    after: dict[str, list[Link]] = {name: [] for name in names}
    for link in links:
        after[link.source].append(link)
    rows = dict.fromkeys(names, 0)
    ready = [name for name in names if not waiting[name]]
    for name in ready:
        for link in after[name]:
            rows[link.target] = max(rows[link.target], rows[name] + link.span)
            waiting[link.target] -= 1
            if not waiting[link.target]:
                ready.append(link.target)
    return rows


def order(rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Each row in an order with few crossings: by the mean position of the neighbours, down and up."""
    above, below = _neighbours(pairs)
    current = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for index in range(len(current)) if down else reversed(range(len(current))):
            beside = index - 1 if down else index + 1
            if not 0 <= beside < len(current):
                continue
            place = {name: position for position, name in enumerate(current[beside])}
            own = {name: position for position, name in enumerate(current[index])}
            current[index].sort(
                key=lambda name: fmean(known) if (known := _known(neighbours.get(name, ()), place)) else own[name]
            )
    return current


def columns(
    rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]], widths: Mapping[str, float], gap: float
) -> dict[str, float]:
    """The centre of each name: as near to its neighbours' centres as its row's order and widths allow."""
    above, below = _neighbours(pairs)
    centres = {name: 0.0 for row in rows for name in row}
    for row in rows:
        centres |= _spread(row, dict.fromkeys(row, 0.0), widths, gap)
    for sweep in range(2 * SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = {
                name: fmean(known) if (known := _known(neighbours.get(name, ()), centres)) else centres[name]
                for name in row
            }
            centres |= _spread(row, wanted, widths, gap)
    return centres


def _spread(
    row: Sequence[str], wanted: Mapping[str, float], widths: Mapping[str, float], gap: float
) -> dict[str, float]:
    """The places nearest to the wanted ones (least squares) that keep the order and a gap: pool adjacent violators."""
    offsets: list[float] = []
    for position, name in enumerate(row):
        before = row[position - 1] if position else None
        offsets.append(offsets[-1] + (widths[before] + widths[name]) / 2 + gap if before is not None else 0.0)
    pools: list[tuple[float, int]] = []  # mean of (wanted - offset), members
    for name, offset in zip(row, offsets, strict=True):
        mean, members = wanted[name] - offset, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, members = (mean * members + other * count) / (members + count), members + count
        pools.append((mean, members))
    means = [mean for mean, members in pools for _ in range(members)]
    return {name: mean + offset for name, mean, offset in zip(row, means, offsets, strict=True)}


def _neighbours(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for source, target in pairs:
        above.setdefault(target, []).append(source)
        below.setdefault(source, []).append(target)
    return above, below


def _known(names: Sequence[str], places: Mapping[str, float]) -> list[float]:
    return [float(places[name]) for name in names if name in places]
