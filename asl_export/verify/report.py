"""A comparison as a person reads it."""

from __future__ import annotations

import io
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from asl_export.verify.compare import Comparison, Difference, describe_end
from asl_export.verify.diff import differences_text
from asl_export.verify.jobs import Job
from asl_export.verify.pairs import Pair


def report(comparison: Comparison) -> RenderableType:
    """The whole report: jobs, differences, notes and the verdict."""
    parts: list[RenderableType] = [jobs_table(comparison)]
    if comparison.differences:
        parts += [Text(""), differences_of(comparison)]
    parts += [Text(f"note: {note}", style="dim") for note in comparison.notes]
    return Group(*parts, Text(""), *verdict(comparison))


def jobs_table(comparison: Comparison) -> Table:
    """A row for each job: how it ended in both runs."""
    table = Table(title="Jobs", title_justify="left", title_style="bold", show_edge=False, box=SIMPLE_HEAD)
    table.add_column("job", no_wrap=True)
    table.add_column("queue", no_wrap=True)
    for engine in (comparison.direct.outcome.engine, comparison.exported.outcome.engine):
        table.add_column(engine)
    for pair in comparison.pairs:
        job = pair.direct or pair.exported
        table.add_row(pair.name, _tail(job.queue) if job else "", _end(pair.direct), _end(pair.exported))
    return table


def _tail(name: str, longest: int = 28) -> str:
    """The end of a long name: what tells names with one prefix apart."""
    return name if len(name) <= longest else f"…{name[1 - longest :]}"


def differences_of(comparison: Comparison) -> RenderableType:
    """What differs, as a diff."""
    engines = (comparison.direct.outcome.engine, comparison.exported.outcome.engine)
    return differences_text(comparison.differences, engines=engines)


def verdict(comparison: Comparison) -> list[Text]:
    """The last lines: how both runs ended, and whether they did the same."""
    runs = (comparison.direct, comparison.exported)
    lines = [
        Text.assemble(
            f"{run.outcome.engine:<15} ",
            (describe_end(run), "green" if run.outcome.succeeded else "red"),
            f"  {run.outcome.seconds:.1f} s",
        )
        for run in runs
    ]
    if comparison.same and comparison.empty:
        return [*lines, *_nothing(comparison)]
    return [*lines, answer(comparison)]


def _nothing(comparison: Comparison) -> list[Text]:
    """What a reader should know who could take two runs that did nothing for two that did the same."""
    failed = ", ".join(comparison.direct.outcome.failed_tasks)
    return [
        Text("nothing was compared: neither run submitted a job before something failed", style="bold red"),
        *([Text(f"failed in Airflow: {failed}", style="dim")] if failed else []),
        Text("Is there what the DAG runs on? --stack names its template, --upload a file that it reads.", style="dim"),
    ]


def answer(comparison: Comparison) -> Text:
    """The line that the reader came for."""
    wrong = {_part(found, comparison.pairs) for found in comparison.differences}
    checked = f"  ({_count(len(comparison.pairs), 'job')}, {_count(comparison.edges_checked, 'edge')} of the DAG)"
    verdict = ("yes", "bold green") if not wrong else (f"no: {' and '.join(sorted(wrong))} differ", "bold red")
    return Text.assemble(("same jobs, same order, same result: ", "bold"), verdict, (checked, "dim"))


def save_picture(renderable: RenderableType, path: Path, *, title: str, width: int = 120) -> None:
    """Write the report as an SVG picture of a terminal."""
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(renderable)
    console.save_svg(str(path), title=title)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _part(found: Difference, pairs: tuple[Pair, ...]) -> str:
    if found.where == "order":
        return "order"
    if found.where == "the run" or found.what in ("status", "exit code"):
        return "result"
    return "jobs" if any(pair.name == found.where for pair in pairs) else "result"


def _end(job: Job | None) -> Text:
    if job is None:
        return Text("–", style="dim")
    code = f" exit {job.exit_code}" if job.exit_code else ""
    style = {"SUCCEEDED": "green", "FAILED": "red"}.get(job.status, "yellow")
    return Text(f"{job.status}{code}", style=style)
