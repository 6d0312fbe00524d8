"""The demo's last page: jobs, timelines, files, the answer, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from asl_export.verify.compare import Comparison
from asl_export.verify.jobs import Job
from asl_export.verify.report import answer, differences_table, verdict
from asl_export.verify.run import Run
from demo.outputs import Output
from demo.timeline import most_at_once, span, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the last page shows."""

    comparison: Comparison
    direct_files: Mapping[str, Output]
    exported_files: Mapping[str, Output]
    places: Sequence[tuple[str, Path]]


def render(page: Page) -> RenderableType:
    """The whole page."""
    comparison = page.comparison
    runs = (comparison.direct, comparison.exported)
    seconds = max(span(run.jobs) for run in runs)
    parts: list[RenderableType] = [jobs_table(comparison)]
    for run in runs:
        parts += [Text(), timeline(_heading(run), run.jobs, seconds=seconds)]
    parts += [Text(), files_table(page)]
    if comparison.differences:
        parts += [Text(), differences_table(comparison)]
    parts += [Text(f"note: {note}", style="dim") for note in comparison.notes]
    return Group(*parts, Text(), *verdict(comparison)[:-1], answer(comparison), Text(), _places(page.places))


def jobs_table(comparison: Comparison) -> Table:
    """A row for each job: its queue, and start, end and exit code in both runs, in seconds of the run."""
    table = Table(title="The same jobs, twice", title_justify="left", show_edge=False)
    table.add_column("job")
    table.add_column("queue")
    runs = (comparison.direct, comparison.exported)
    for run in runs:
        table.add_column(f"{run.outcome.engine}\nstart", justify="right")
        table.add_column("\nend", justify="right")
        table.add_column("\nexit", justify="right")
    began = [min((job.created for job in run.jobs), default=0.0) for run in runs]
    for pair in comparison.pairs:
        job = pair.direct or pair.exported
        cells = [*_times(pair.direct, began[0]), *_times(pair.exported, began[1])]
        table.add_row(pair.name, job.queue.rpartition("_")[2] if job else "", *cells)
    return table


def files_table(page: Page) -> Table:
    """A row for each file: what it is in both runs, and whether both are the same to the byte."""
    table = Table(title="The files in S3", title_justify="left", show_edge=False)
    for heading in ("file", "codec", "picture"):
        table.add_column(heading)
    for heading in ("duration", page.comparison.direct.outcome.engine, page.comparison.exported.outcome.engine):
        table.add_column(heading, justify="right")
    table.add_column("bytes")
    for key in sorted({*page.direct_files, *page.exported_files}):
        ours, theirs = page.direct_files.get(key), page.exported_files.get(key)
        file = ours or theirs
        if file is None or key.startswith("parts/"):
            continue
        duration = "" if file.duration is None else f"{file.duration:.2f} s"
        identical = "identical" if ours and theirs and ours.digest == theirs.digest else "differ"
        table.add_row(key, file.codec or "", file.picture or "", duration, _size(ours), _size(theirs), identical)
    return table


def _heading(run: Run) -> str:
    return f"{run.outcome.engine}: up to {most_at_once(run.jobs)} jobs at once, {span(run.jobs):.1f} s"


def _times(job: Job | None, began: float) -> tuple[str | Text, ...]:
    if job is None:
        return "–", "–", "–"
    times = [f"{at - began:.1f}" if at else "–" for at in (job.started, job.stopped)]
    good = job.status == "SUCCEEDED"
    return *times, Text("–" if job.exit_code is None else str(job.exit_code), style="green" if good else "red")


def _size(output: Output | None) -> str:
    return (
        "missing" if output is None else f"{output.size / 1000:,.0f} kB" if output.size >= 1000 else f"{output.size} B"
    )


def _places(places: Sequence[tuple[str, Path]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for label, path in places:
        table.add_row(Text(label, style="dim"), Text(str(path), overflow="fold"))
    return table
