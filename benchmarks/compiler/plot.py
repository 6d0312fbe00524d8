"""The growth as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from benchmarks.compiler.export_time import Measurement
from benchmarks.compiler.growth import n_log_n

# Okabe and Ito's colours, told apart by everybody.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_STYLE: Any = {"svg.hashsalt": "airstep", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 11}
_INK, _GUIDE = "#333333", "#999999"


def draw(measured: Sequence[Measurement], path: Path) -> None:
    """Write an SVG of seconds by tasks, both axes logarithmic, with n log n as a guide."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained", facecolor="white")
        axes = figure.subplots()
        for number, shape in enumerate(dict.fromkeys(each.shape for each in measured)):
            points = [(each.tasks, each.processor_seconds) for each in measured if each.shape == shape]
            colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=shape, linewidth=1.6, markersize=5)
        sizes = sorted({each.tasks for each in measured})
        lowest = min(each.processor_seconds for each in measured if each.tasks == sizes[0])
        guide = [0.7 * lowest * n_log_n(size) / n_log_n(sizes[0]) for size in sizes]
        axes.plot(sizes, guide, color=_GUIDE, linestyle="--", linewidth=1.4, label="n log n")
        _label(axes, sizes)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _label(axes: mpl.axes.Axes, sizes: Sequence[int]) -> None:
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="tasks",
        ylabel="processor seconds",
        title="Export time beyond import and parse",
    )
    axes.xaxis.set_major_locator(mpl.ticker.FixedLocator(list(sizes)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color="#e4e4e4", linewidth=0.8)
    axes.tick_params(colors=_INK, which="both")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
