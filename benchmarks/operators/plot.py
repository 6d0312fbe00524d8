"""Many jobs as a picture: the seconds and the calls of each operator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from benchmarks.operators.many_jobs import OPERATORS, Measurement
from benchmarks.picture import COLOURS, PLAIN, picture, plain_axes

_THICKNESS = 0.38


def draw(measured: Sequence[Measurement], path: Path) -> None:
    """Write an SVG of bars: for each operator one for each number of jobs; hatched where not all of them were done."""
    names = [name for name in OPERATORS if any(each.operator == name for each in measured)]
    sizes = sorted({each.jobs for each in measured})
    with picture(path, width=10, height=1.5 + 0.55 * len(names)) as figure:
        seconds, calls = figure.subplots(1, 2, sharey=True)
        for number, jobs in enumerate(sizes):
            found = [each for each in measured if each.jobs == jobs]
            places = [names.index(each.operator) + _THICKNESS * (number - (len(sizes) - 1) / 2) for each in found]
            for axes, values in (
                (seconds, [each.seconds for each in found]),
                (calls, [each.all_calls for each in found]),
            ):
                bars = axes.barh(places, values, _THICKNESS, color=COLOURS[number], label=f"{jobs:,} jobs")
                _mark(axes, bars, values, found)
        seconds.set(title="Seconds", xlabel="seconds, logarithmic")
        calls.set(title="Calls of AWS Batch", xlabel="calls, logarithmic")
        seconds.set_yticks(range(len(names)), [OPERATORS[name] for name in names])
        seconds.invert_yaxis()
        for axes in (seconds, calls):
            axes.set(xscale="log", xlim=(1, axes.get_xlim()[1] * 4))
            axes.xaxis.set_major_formatter(PLAIN)
            plain_axes(axes, grid="x")
        calls.legend(frameon=False, loc="lower right")


def _mark(
    axes: mpl.axes.Axes,
    bars: mpl.container.BarContainer,
    values: Sequence[float],
    found: Sequence[Measurement],
) -> None:
    """Write its number beside each bar, and how many jobs were done if it is not all."""
    texts = []
    for bar, value, each in zip(bars, values, found, strict=True):
        if not each.is_complete:
            bar.set(hatch="///", edgecolor="white")
        texts.append(f"{value:,.0f}" if each.is_complete else f"{value:,.0f}, {each.done:,} done")
    axes.bar_label(bars, texts, padding=4, fontsize=9)
