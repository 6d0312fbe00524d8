"""Draws a state machine as an SVG picture, from its Amazon States Language definition alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.drawing.layout import place
from asl_export.drawing.scopes import read_machine
from asl_export.drawing.svg import write_svg


def draw(definition: Mapping[str, Any], *, title: str) -> str:
    """An SVG document: states as boxes, Parallel and Map as frames around their branches, in light and dark.

    :param definition: a state machine in either query language.
    :param title: the document's title, for screen readers and browser tabs.
    """
    return write_svg(place(read_machine(definition)), title=title)
