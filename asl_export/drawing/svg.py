"""The picture as SVG text: one style sheet with a light and a dark half, everything else plain shapes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

from asl_export.drawing import words
from asl_export.drawing.layout import BRANCH_PAD, KIND_LINE, LINE, NAME_SIZE, NOTE_SIZE, PAD, Box, Path, Picture

MARGIN = 24.0

_LIGHT = {"paper": "#ffffff", "ink": "#1f2328", "faint": "#59636e", "box": "#f6f8fa", "edge": "#818b98",
          "branch": "#d1d9e0", "Task": "#0969da", "Choice": "#9a6700", "Parallel": "#8250df", "Map": "#8250df",
          "Pass": "#59636e", "Wait": "#1b7c83", "Succeed": "#1a7f37", "Fail": "#cf222e"}  # fmt: skip
_DARK = {"paper": "#0d1117", "ink": "#f0f6fc", "faint": "#9198a1", "box": "#161b22", "edge": "#7d8590",
         "branch": "#3d444d", "Task": "#58a6ff", "Choice": "#d29922", "Parallel": "#bc8cff", "Map": "#bc8cff",
         "Pass": "#9198a1", "Wait": "#39c5cf", "Succeed": "#3fb950", "Fail": "#ff7b72"}  # fmt: skip
_KINDS = ("Task", "Choice", "Parallel", "Map", "Pass", "Wait", "Succeed", "Fail")


def write_svg(picture: Picture, *, title: str) -> str:
    """The whole document; the same picture gives the same bytes."""
    width, height = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    size = {"width": _number(width), "height": _number(height), "viewBox": f"0 0 {_number(width)} {_number(height)}"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ET.SubElement(root, "title").text = words.clean(title)
    ET.SubElement(root, "style").text = _style()
    root.append(_arrow_heads())
    ET.SubElement(root, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    _draw(root, picture, MARGIN, MARGIN)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw(parent: ET.Element, picture: Picture, x: float, y: float) -> None:
    group = ET.SubElement(parent, "g", {"transform": f"translate({_number(x)} {_number(y)})"})
    for path in picture.paths:
        group.append(_path(path))
    for box in picture.boxes:
        group.append(_box(box))
    for path in picture.paths:
        if path.label:
            group.append(_label(path))


def _box(box: Box) -> ET.Element:
    state = box.state
    group = ET.Element("g", {"transform": f"translate({_number(box.x)} {_number(box.y)})", "class": state.kind})
    shape = {"width": _number(box.width), "height": _number(box.height)}
    if state.kind in ("Start", "End"):
        ET.SubElement(group, "rect", {"class": "terminal", "rx": _number(box.height / 2), **shape})
        _text(group, state.kind, box.width / 2, box.height / 2 + 4, "note")
        return group
    ET.SubElement(group, "title").text = words.clean(f"{state.name} ({state.kind}) {state.comment}")
    ET.SubElement(group, "rect", {"class": "frame" if box.branches else "box", "rx": "6", **shape})
    _text(group, state.kind.upper(), box.width / 2, PAD / 2 + 9, "kind")
    for x, y, branch in box.branches:
        inner = {"width": _number(branch.width + 2 * BRANCH_PAD), "height": _number(branch.height + 2 * BRANCH_PAD)}
        ET.SubElement(group, "rect", {"class": "branch", "rx": "5", "x": _number(x), "y": _number(y), **inner})
        _draw(group, branch, x + BRANCH_PAD, y + BRANCH_PAD)
    for number, (text, style) in enumerate(_lines(box)):
        _text(group, text, box.width / 2, PAD / 2 + KIND_LINE + 13 + number * LINE, style)
    return group


def _lines(box: Box) -> Iterator[tuple[str, str]]:
    yield from ((text, "name") for text in box.name)
    yield from ((text, "note") for text in box.state.notes)


def _path(path: Path) -> ET.Element:
    (x, y), *_ = path.points
    way = [f"M{_number(x)} {_number(y)}"]
    for (x1, y1), (x2, y2) in pairwise(path.points):
        if x1 == x2:
            way.append(f"L{_number(x2)} {_number(y2)}")
            continue
        middle = _number((y1 + y2) / 2)
        way.append(f"C{_number(x1)} {middle} {_number(x2)} {middle} {_number(x2)} {_number(y2)}")
    line = path.arrow.line
    return ET.Element("path", {"class": f"arrow {line}", "d": " ".join(way), "marker-end": f"url(#{line}-head)"})


def _label(path: Path) -> ET.Element:
    x, y = path.label_at
    width = words.width(path.label, NOTE_SIZE) + 4
    group = ET.Element("g", {"class": f"label {path.arrow.line}"})
    ET.SubElement(group, "title").text = words.clean(path.arrow.detail or path.arrow.label)
    corner = {"x": _number(x - width / 2), "y": _number(y - LINE / 2)}
    ET.SubElement(group, "rect", {"class": "paper", **corner, "width": _number(width), "height": _number(LINE)})
    _text(group, path.label, x, y + 4, "note")
    return group


def _text(parent: ET.Element, text: str, x: float, y: float, style: str) -> None:
    ET.SubElement(parent, "text", {"class": style, "x": _number(x), "y": _number(y)}).text = words.clean(text)


def _arrow_heads() -> ET.Element:
    heads = ET.Element("defs")
    for line in ("next", "choice", "catch"):
        place = {"viewBox": "0 0 8 8", "refX": "7.5", "refY": "4", "markerWidth": "8", "markerHeight": "8"}
        head = ET.SubElement(heads, "marker", {"id": f"{line}-head", "orient": "auto", **place})
        ET.SubElement(head, "path", {"class": f"head {line}", "d": "M0 0L8 4L0 8z"})
    return heads


def _style() -> str:
    shapes = f"""
text {{ font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; text-anchor: middle; }}
.name {{ font-size: {NAME_SIZE:g}px; font-weight: 600; }}
.note {{ font-size: {NOTE_SIZE:g}px; }}
.kind {{ font-size: 8px; font-weight: 600; letter-spacing: .8px; }}
.box, .frame {{ stroke-width: 1.5; }}
.branch {{ fill: none; stroke-dasharray: 4 3; }}
.arrow {{ fill: none; stroke-width: 1.4; }}
.arrow.catch {{ stroke-dasharray: 5 3; }}"""
    return f"{shapes}\n{_colours(_LIGHT)}\n@media (prefers-color-scheme: dark) {{\n{_colours(_DARK)}\n}}\n"


def _colours(colour: dict[str, str]) -> str:
    kinds = "\n".join(
        f".{kind} > .box, .{kind} > .frame {{ stroke: {colour[kind]}; }} .{kind} > .kind {{ fill: {colour[kind]}; }}"
        for kind in _KINDS
    )
    return f"""text, .name {{ fill: {colour["ink"]}; }} .note {{ fill: {colour["faint"]}; }}
.paper {{ fill: {colour["paper"]}; }} .box, .terminal {{ fill: {colour["box"]}; }} .frame {{ fill: {colour["paper"]}; }}
.terminal, .arrow {{ stroke: {colour["edge"]}; }} .branch {{ stroke: {colour["branch"]}; }}
.head {{ fill: {colour["edge"]}; }}
.arrow.choice {{ stroke: {colour["Choice"]}; }} .head.choice {{ fill: {colour["Choice"]}; }}
.arrow.catch {{ stroke: {colour["Fail"]}; }} .head.catch {{ fill: {colour["Fail"]}; }}
{kinds}"""


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
