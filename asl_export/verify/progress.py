"""Progress while an engine works: a live table in a terminal, a line for each change elsewhere."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from asl_export.verify.jobs import Job, JobWatch
from asl_export.verify.patience import Limits, Patience
from asl_export.verify.results import read_results
from asl_export.verify.run import Outcome, Run, Tick
from asl_export.verify.session import Session

ROWS = 24
STYLES = {"SUCCEEDED": "green", "FAILED": "red", "RUNNING": "bold cyan", "STARTING": "cyan"}


def watched(
    console: Console, title: str, session: Session, engine: Callable[[Tick], Outcome], limits: Limits | None = None
) -> Run:
    """Run an engine while its jobs are shown; the run with all its jobs.

    :raises VerifyError: when it takes longer than the limits let it.
    """
    watch = JobWatch.begin(session, now=time.time())
    with progress(console, title, watch) as show:
        patience = Patience(title, limits or Limits())
        outcome = engine(lambda: patience.check(show()))
    return Run(outcome=outcome, jobs=read_results(session, watch.jobs()))


@contextlib.contextmanager
def progress(console: Console, title: str, watch: JobWatch) -> Iterator[Callable[[], Sequence[Job]]]:
    """Show the run's jobs as they go on; what it hands out looks at them once, and shows and returns them."""
    began = time.monotonic()
    if not console.is_terminal:
        console.print(title)
        seen: dict[str, str] = {}

        def note() -> Sequence[Job]:
            jobs = watch.jobs()
            for job in _changed(jobs, seen):
                console.print(f"  {time.monotonic() - began:6.1f} s  {job.name}: {job.status}", highlight=False)
            return jobs

        yield note
        note()
        return
    # The table is transient: what stays is the report.
    with Live(console=console, transient=True, refresh_per_second=8) as live:
        spinner = Spinner("dots")

        def show() -> Sequence[Job]:
            jobs = watch.jobs()
            spinner.update(text=Text(f"{title}  {time.monotonic() - began:.0f} s", style="bold"))
            live.update(Group(spinner, job_table(jobs)))
            return jobs

        show()
        yield show


def job_table(jobs: Sequence[Job]) -> RenderableType:
    """The jobs and their states; of many jobs the youngest that still work, and how many are in each state."""
    counts = Counter(job.status for job in jobs)
    table = Table(box=None, pad_edge=False, show_header=False)
    shown = jobs if len(jobs) <= ROWS else [job for job in jobs if not job.ended][:ROWS]
    for job in shown:
        seconds = f"{(job.stopped or time.time()) - job.started:6.1f} s" if job.started else ""
        table.add_row(f"  {job.name}", job.queue, Text(job.status, style=STYLES.get(job.status, "yellow")), seconds)
    summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    return Group(table, Text(f"  {summary}", style="dim")) if jobs else Text("  no job yet", style="dim")


def _changed(jobs: Sequence[Job], seen: dict[str, str]) -> list[Job]:
    changed = [job for job in jobs if seen.get(job.id) != job.status]
    seen.update({job.id: job.status for job in changed})
    return changed
