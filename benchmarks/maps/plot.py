"""Maps of many sizes as a picture: memory that stays, seconds that grow with the items."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.ticker import FixedLocator, NullLocator

from benchmarks.maps.one_map import Phases
from benchmarks.maps.promises import MOST_MEGABYTES
from benchmarks.picture import COLOURS, GUIDE, MARKERS, THOUSANDS, picture, plain_axes

PHASES = ("plan", "submit", "results")


def draw(measured: Sequence[Phases], path: Path) -> None:
    """Write an SVG of the memory and of the seconds of each phase, by items.

    Not of the waiting: the jobs here take no time.
    """
    with picture(path, width=9, height=3.8) as figure:
        memory, seconds = figure.subplots(1, 2)
        items = [each.items for each in measured]
        memory.axhline(MOST_MEGABYTES, color=GUIDE, linestyle="--", linewidth=1.4, label="promised at most")
        lines = (
            ("with the map", [each.peak_megabytes for each in measured]),
            ("before it", [each.idle_megabytes for each in measured]),
        )
        for number, (label, values) in enumerate(lines):
            memory.plot(items, values, color=COLOURS[number], marker=MARKERS[number], label=label)
        memory.set(title="Memory of the task's process", ylabel="MiB", ylim=(0, MOST_MEGABYTES * 1.35))
        for number, phase in enumerate(PHASES):
            values = [getattr(each, phase) for each in measured]
            seconds.plot(items, values, color=COLOURS[number], marker=MARKERS[number], label=phase)
        seconds.set(title="Seconds of each phase", ylabel="seconds", ylim=(0, None))
        for axes in (memory, seconds):
            _finish(axes, items)


def _finish(axes: mpl.axes.Axes, items: Sequence[int]) -> None:
    plain_axes(axes)
    axes.set(xlabel="items", xlim=(0, max(items) * 1.05))
    axes.xaxis.set_major_locator(FixedLocator([0, *(each for each in items if each >= max(items) / 10)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(THOUSANDS)
    axes.legend(frameon=False, loc="upper left")
