"""The measurements of maps as people read them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.maps.listing import Listing
from benchmarks.maps.one_map import Phases
from benchmarks.maps.promises import items_a_second
from benchmarks.maps.runs import Unfinished


def phases_table(title: str, measured: Sequence[Phases | Unfinished]) -> Table:
    """Seconds by phase, memory and calls of each size."""
    drawn = Table("items", title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("plan s", "planned a second", "submit s", "poll s", "results s"):
        drawn.add_column(heading, justify="right")
    for heading in ("MiB before", "MiB at most", "SubmitJob", "DescribeJobs", "all calls"):
        drawn.add_column(heading, justify="right")
    for each in measured:
        if isinstance(each, Unfinished):
            drawn.add_row(f"{each.items:,}", f"not within {each.seconds:,.0f} s")
            continue
        seconds = (f"{each.submit:.1f}", f"{each.poll:.1f}", f"{each.results:.1f}")
        memory = (f"{each.idle_megabytes:.0f}", f"{each.peak_megabytes:.0f}")
        calls = (each.calls["SubmitJob"], each.calls["DescribeJobs"], sum(each.calls.values()))
        counts = (f"{count:,}" for count in calls)
        drawn.add_row(
            f"{each.items:,}", f"{each.plan:.1f}", f"{items_a_second(each):,}", *seconds, *memory, *counts
        )  # fmt: skip
    return drawn


def listings_table(measured: Sequence[Listing]) -> Table:
    """Objects a second."""
    title = "Objects of S3 a second, answered at once by a process of this machine"
    drawn = Table("", title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("objects", "a second", "a second of the processor"):
        drawn.add_column(heading, justify="right")
    for each in measured:
        drawn.add_row(each.what, f"{each.objects:,}", f"{each.a_second:,}", f"{each.a_processor_second:,}")
    return drawn
