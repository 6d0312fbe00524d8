"""Where everything goes: boxes in rows, frames around branches, arrows between them. All lengths are pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from asl_export.drawing import words
from asl_export.drawing.ranks import Link, columns, loops, order, rank
from asl_export.drawing.scopes import Arrow, Scope, State

NAME_SIZE, NOTE_SIZE = 13.0, 11.0
NAME_LETTERS, LABEL_LETTERS = 30, 34
LINE, KIND_LINE = 17.0, 11.0
PAD, GAP, ROW_GAP, LANE = 14.0, 26.0, 36.0, 16.0
BRANCH_GAP, BRANCH_PAD, WIDEST = 16.0, 16.0, 1500.0
DOT = 28.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state at its place (top left corner); a frame when it has branches."""

    state: State
    x: float
    y: float
    width: float
    height: float
    name: tuple[str, ...]
    branches: tuple[tuple[float, float, Picture], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """An arrow's way, its end last; the label, if any, is centred on `label_at`."""

    arrow: Arrow
    points: tuple[Point, ...]
    label: str
    label_at: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A scope laid out in a rectangle of its own."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """An arrow as a way through the rows, from top to bottom; `up` when it leads back."""

    arrow: Arrow
    stops: tuple[str, ...]
    up: bool


def place(scope: Scope) -> Picture:
    """Lay out a scope and all in it."""
    boxes = {state.name: _box(state) for state in scope.states}
    rows_of, routes = _routes(scope)
    widths = {name: box.width for name, box in boxes.items()}
    for route in routes:
        label = _label(route.arrow)
        for number, stop in enumerate(route.stops[1:-1]):
            widths[stop] = words.width(label, NOTE_SIZE) + 8 if label and number == _label_stop(route) else LANE
    rows = _rows(rows_of)
    pairs = [pair for route in routes for pair in pairwise(route.stops)]
    rows = order(rows, pairs)
    centres = columns(rows, pairs, widths, GAP)
    left = min(centres[name] - widths[name] / 2 for name in centres)
    right = max(centres[name] + widths[name] / 2 for name in centres)
    bands = _bands(rows, boxes)
    at = {name: (centres[name] - left, *bands[row]) for name, row in rows_of.items()}
    placed = {name: _moved(box, *at[name]) for name, box in boxes.items()}
    return Picture(
        width=right - left,
        height=bands[-1][1],
        boxes=tuple(placed.values()),
        paths=tuple(_path(route, placed, at) for route in routes),
    )


def _routes(scope: Scope) -> tuple[dict[str, int], list[_Route]]:
    """Each name's row, the stops of long arrows included, and each arrow's way through the rows."""
    names = [state.name for state in scope.states]
    arrows = list(dict.fromkeys(scope.arrows))
    back = loops(names, [(arrow.source, arrow.target) for arrow in arrows])
    links = []
    for position, arrow in enumerate(arrows):
        ends = (arrow.target, arrow.source) if position in back else (arrow.source, arrow.target)
        # A label and a way back need a stop of their own between two rows.
        links.append(Link(source=ends[0], target=ends[1], span=2 if arrow.label or position in back else 1))
    straight = [link for link in links if link.source != link.target]
    rows = rank(names, straight)
    routes = []
    for position, (arrow, link) in enumerate(zip(arrows, links, strict=True)):
        if link.source == link.target:
            continue
        stops = [f"\0{position}:{row}" for row in range(rows[link.source] + 1, rows[link.target])]
        rows |= {stop: rows[link.source] + number for number, stop in enumerate(stops, start=1)}
        routes.append(_Route(arrow=arrow, stops=(link.source, *stops, link.target), up=position in back))
    return rows, routes


def _rows(rows_of: dict[str, int]) -> list[list[str]]:
    rows: list[list[str]] = [[] for _ in range(max(rows_of.values()) + 1)]
    for name, row in rows_of.items():
        rows[row].append(name)
    return rows


def _bands(rows: Sequence[Sequence[str]], boxes: dict[str, Box]) -> list[tuple[float, float]]:
    """The top and the bottom of each row."""
    bands, top = [], 0.0
    for row in rows:
        height = max((boxes[name].height if name in boxes else LINE for name in row), default=0.0)
        bands.append((top, top + height))
        top += height + ROW_GAP
    return bands


def _moved(box: Box, centre: float, top: float, bottom: float) -> Box:
    return replace(box, x=centre - box.width / 2, y=(top + bottom - box.height) / 2)


def _box(state: State) -> Box:
    if state.kind in ("Start", "End"):
        return Box(state=state, x=0, y=0, width=DOT * 2, height=DOT, name=(state.kind,))
    name = tuple(words.lines(state.name, NAME_LETTERS, 3))
    notes = [words.lines(note, LABEL_LETTERS, 1)[0] for note in state.notes if note]
    state = replace(state, notes=tuple(notes))
    texts = [words.width(text, NAME_SIZE) for text in name] + [words.width(text, NOTE_SIZE) for text in notes]
    width = max(*texts, words.width(state.kind, NOTE_SIZE), 110.0) + 2 * PAD
    height = (len(name) + len(notes)) * LINE + KIND_LINE + PAD
    if not state.inside:
        return Box(state=state, x=0, y=0, width=width, height=height, name=name)
    branches, inner_width, inner_height = _branches([place(scope) for scope in state.inside], top=height)
    width = max(width, inner_width)
    shift = (width - inner_width) / 2
    moved = tuple((x + shift, y, picture) for x, y, picture in branches)
    return Box(state=state, x=0, y=0, width=width, height=inner_height, name=name, branches=moved)


def _branches(pictures: Sequence[Picture], *, top: float) -> tuple[list[tuple[float, float, Picture]], float, float]:
    """Branches side by side, in more rows where one would be too wide; and the size of the frame around them."""
    placed: list[tuple[float, float, Picture]] = []
    x, y, row_height, widest = BRANCH_GAP, top, 0.0, 0.0
    for picture in pictures:
        width, height = picture.width + 2 * BRANCH_PAD, picture.height + 2 * BRANCH_PAD
        if x > BRANCH_GAP and x + width > WIDEST:
            x, y, row_height = BRANCH_GAP, y + row_height + BRANCH_GAP, 0.0
        placed.append((x, y, picture))
        x += width + BRANCH_GAP
        row_height, widest = max(row_height, height), max(widest, x)
    return placed, widest, y + row_height + BRANCH_GAP


def _path(route: _Route, boxes: dict[str, Box], at: dict[str, tuple[float, float, float]]) -> Path:
    """Straight down through each row, where a tall frame may stand beside it, and curved between the rows only."""
    first, last = boxes[route.stops[0]], boxes[route.stops[-1]]
    points: list[Point] = []
    for stop in route.stops:
        x, top, bottom = at[stop]
        points += [(x, top), (x, bottom)]
    points[:1] = [(points[0][0], first.y + first.height)]
    points[-1:] = [(points[-1][0], last.y)]
    way = list(dict.fromkeys(points))  # an arrow head turns with the last piece, which must have a length
    label = _label(route.arrow)
    x, top, bottom = at[route.stops[1 + _label_stop(route)]] if label else at[route.stops[0]]
    return Path(
        arrow=route.arrow,
        points=tuple(reversed(way) if route.up else way),
        label=label,
        label_at=(x, top + LINE / 2 if bottom - top > LINE else (top + bottom) / 2),
    )


def _label(arrow: Arrow) -> str:
    return words.lines(arrow.label, LABEL_LETTERS, 1)[0] if arrow.label else ""


def _label_stop(route: _Route) -> int:
    """Which of an arrow's stops between its ends carries the label: the one next to where it comes from."""
    return len(route.stops) - 3 if route.up else 0
