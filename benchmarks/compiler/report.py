"""The measurements as people read them, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks import kept
from benchmarks.compiler.export_time import Measurement
from benchmarks.compiler.growth import Growth
from benchmarks.compiler.side_by_side import Comparison
from benchmarks.kept import versions

PACKAGES = ("apache-airflow", "airstep")
_MILLISECONDS = 1000


def time_table(measured: Sequence[Measurement]) -> Table:
    """Milliseconds and bytes by shape and size."""
    table = _table(
        "Export beyond Airflow's import and parse", "shape", "tasks", "parse ms", "export ms", "CPU µs a task"
    )
    for heading in ("bytes", "JSONPath bytes"):
        table.add_column(heading, justify="right")
    for each in measured:
        table.add_row(
            each.shape,
            f"{each.tasks:,}",
            f"{each.parse_seconds * _MILLISECONDS:,.0f}",
            f"{each.seconds * _MILLISECONDS:,.0f}",
            f"{each.processor_seconds / each.tasks * 1e6:,.0f}",
            f"{each.bytes:,}",
            "" if each.jsonpath_bytes is None else f"{each.jsonpath_bytes:,}",
        )
    return table


def growth_table(found: Sequence[Growth]) -> Table:
    """How each shape grows, beside n log n."""
    table = _table("Growth", "shape", "as n to the", "n log n", "from size to size, beside n log n")
    for each in found:
        steps = "  ".join(f"{step:.2f}" for step in each.steps)
        table.add_row(each.shape, f"{each.power:.2f}", f"{each.allowed:.2f}", steps)
    return table


def comparison_table(found: Sequence[Comparison]) -> Table:
    """Both tools, size by size."""
    table = _table("Half a chain, half a fan", "tasks", "tool", "command s", "import and parse s", "export s", "bytes")
    for each in found:
        beyond = each.seconds - each.parse_seconds
        seconds = (f"{each.seconds:.2f}", f"{each.parse_seconds:.2f}", f"{beyond:.2f}")
        table.add_row(str(each.tasks), each.tool, *seconds, f"{each.bytes:,}")
    return table


def keep(
    path: Path,
    measured: Sequence[Measurement],
    found: Sequence[Growth],
    compared: Sequence[Comparison],
    metaflow: str | None,
) -> None:
    """Write the results, with what they were measured on."""
    packages = versions(*PACKAGES) | ({"metaflow": metaflow} if metaflow else {})
    document = {
        "growth": [asdict(each) for each in found],
        "measurements": [asdict(each) for each in measured],
        "beside_metaflow": [asdict(each) for each in compared],
    }
    kept.keep(path, packages, document)


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(first, title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in others:
        table.add_column(heading, justify="right")
    return table
