"""The growth as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.ticker import NullFormatter, NullLocator

from benchmarks.compiler.export_time import Measurement
from benchmarks.compiler.growth import n_log_n
from benchmarks.picture import COLOURS, GUIDE, MARKERS, PLAIN, THOUSANDS, picture, plain_axes


def draw(measured: Sequence[Measurement], path: Path) -> None:
    """Write an SVG of seconds by tasks, both axes logarithmic, with n log n as a guide."""
    with picture(path) as figure:
        axes = figure.subplots()
        for number, shape in enumerate(dict.fromkeys(each.shape for each in measured)):
            points = [(each.tasks, each.processor_seconds) for each in measured if each.shape == shape]
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=shape, linewidth=1.6, markersize=5)
        sizes = sorted({each.tasks for each in measured})
        lowest = min(each.processor_seconds for each in measured if each.tasks == sizes[0])
        guide = [0.7 * lowest * n_log_n(size) / n_log_n(sizes[0]) for size in sizes]
        axes.plot(sizes, guide, color=GUIDE, linestyle="--", linewidth=1.4, label="n log n")
        _label(axes, sizes)


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
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.yaxis.set_major_formatter(PLAIN)
    axes.yaxis.set_minor_formatter(NullFormatter())
    plain_axes(axes)
    axes.legend(frameon=False, loc="upper left")
