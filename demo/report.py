"""The demo's last page: jobs, timelines, files, the answer, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from asl_export.verify.compare import Comparison
from asl_export.verify.jobs import Job
from asl_export.verify.report import differences_of, verdict
from asl_export.verify.run import Run
from demo.outputs import Output, folded
from demo.timeline import most_at_once, span, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the last page shows."""

    comparison: Comparison
    direct_files: Mapping[str, Output]
    exported_files: Mapping[str, Output]
    places: Sequence[tuple[str, str]]


def render(page: Page, *, width: int) -> RenderableType:
    """The whole page, for so many letters in a line."""
    comparison = page.comparison
    runs = (comparison.direct, comparison.exported)
    seconds = max(span(run.jobs) for run in runs)
    parts: list[RenderableType] = [jobs_table(comparison)]
    for run in runs:
        parts += [Text(), timeline(_heading(run), run.jobs, seconds=seconds, width=width)]
    parts += [
        Text("░ waits in its queue  █ runs  (Airflow submits the branches' jobs ahead)", style="dim"),
        Text(),
        files_table(page),
    ]
    if comparison.differences:
        parts += [Text(), differences_of(comparison)]
    parts += [Text(f"note: {note}", style="dim") for note in comparison.notes]
    return Group(*parts, Text(), *verdict(comparison), Text(), _places(page.places))


def jobs_table(comparison: Comparison) -> Table:
    """A row for each job: its queue, and start and end in seconds of the run and exit code, in both runs."""
    table = _table("The same jobs, twice")
    table.add_column("job", no_wrap=True)
    table.add_column("queue")
    runs = (comparison.direct, comparison.exported)
    for run in runs:
        table.add_column(f"{run.outcome.engine}\nstart    end  exit", no_wrap=True)
    began = [min((job.created for job in run.jobs), default=0.0) for run in runs]
    for pair in comparison.pairs:
        job = pair.direct or pair.exported
        queue = job.queue.rpartition("_")[2].removesuffix("Queue") if job else ""
        table.add_row(pair.name, queue, _times(pair.direct, began[0]), _times(pair.exported, began[1]))
    return table


def files_table(page: Page) -> Table:
    """A row for each file or folder: what it is, its size (both runs' where they differ), whether the bytes agree."""
    table = _table("The files in S3")
    for heading in ("file", "codec", "picture"):
        table.add_column(heading, no_wrap=True)
    for heading in ("duration", "size"):
        table.add_column(heading, justify="right")
    table.add_column("both runs")
    direct, exported = folded(page.direct_files), folded(page.exported_files)
    for name in sorted({*direct, *exported}):
        ours, theirs = direct.get(name), exported.get(name)
        file = ours or theirs
        if file is None:
            continue
        duration = "" if file.duration is None else f"{file.duration:.2f} s"
        sizes = " / ".join(dict.fromkeys((_size(ours), _size(theirs))))
        same = "identical" if ours and theirs and ours.digest == theirs.digest else "differ"
        table.add_row(name, file.codec or "", file.picture or "", duration, sizes, same)
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", show_edge=False, box=SIMPLE_HEAD)


def _heading(run: Run) -> str:
    most = most_at_once(run.jobs)
    return f"{run.outcome.engine}: {span(run.jobs):.1f} s, at most {most} job{'s' if most != 1 else ''} at once"


def _times(job: Job | None, began: float) -> Text:
    if job is None:
        return Text("–", style="dim")
    start, end = (f"{at - began:6.1f}" if at else "     –" for at in (job.started, job.stopped))
    code = "–" if job.exit_code is None else str(job.exit_code)
    return Text.assemble(f"{start[1:]} {end}", (f"  {code:>4}", "green" if job.status == "SUCCEEDED" else "red"))


def _size(output: Output | None) -> str:
    return (
        "missing" if output is None else f"{output.size / 1000:,.0f} kB" if output.size >= 1000 else f"{output.size} B"
    )


def _places(places: Sequence[tuple[str, str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for label, path in places:
        table.add_row(Text(label, style="dim"), Text(path, overflow="fold"))
    return table
