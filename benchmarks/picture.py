"""How all pictures of the benchmarks look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

# Okabe and Ito's colours, told apart by everybody.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GUIDE = "#999999"
_INK, _GRID = "#333333", "#e4e4e4"
_STYLE: Any = {"svg.hashsalt": "airstep", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 11}
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")
PLAIN = FuncFormatter(lambda value, _: f"{value:,g}")


@contextmanager
def picture(path: Path, *, width: float = 7.2, height: float = 4.4) -> Iterator[Figure]:
    """A figure to draw in, written to an SVG at the end of the block; the same drawing has the same bytes."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def plain_axes(axes: mpl.axes.Axes, *, grid: str = "both") -> None:
    """Thin lines, no frame."""
    axes.set_axisbelow(True)
    axes.grid(which="major", axis=grid, color=_GRID, linewidth=0.8)  # type: ignore[arg-type]
    axes.tick_params(colors=_INK, which="both")
    axes.spines[["top", "right"]].set_visible(False)
