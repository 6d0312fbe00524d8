"""A text chart of when each job waited and ran, so that the eye sees what ran side by side."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from asl_export.verify.jobs import Job

WAITING, RUNNING = "░", "█"
_BESIDE, _WIDEST = 12, 72  # the column of seconds and the gaps; a longer chart says no more


def timeline(title: str, jobs: Sequence[Job], *, seconds: float, width: int) -> Table:
    """A row for each job in order of its start.

    :param seconds: what the full length of the chart stands for.
    :param width: letters for the whole table.
    """
    length = min(_WIDEST, width - max((len(job.name) for job in jobs), default=0) - _BESIDE)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    table.add_column("job", no_wrap=True)
    table.add_column("chart", no_wrap=True)
    table.add_column("took", justify="right", style="dim", no_wrap=True)
    began = min((job.created for job in jobs), default=0.0)
    for job in sorted(jobs, key=lambda job: (job.started or job.created, job.name)):
        took = f"{job.stopped - job.started:.1f} s" if job.started and job.stopped else ""
        table.add_row(job.name, bar(job, began, seconds, length), took)
    table.add_row("", Text("0 s" + f"{seconds:.0f} s".rjust(length - 3), style="dim"), "")
    return table


def bar(job: Job, began: float, seconds: float, width: int) -> Text:
    """One job's line: light while it waited in the queue, full while it ran; at least one full cell if it ran."""

    def cell(at: float) -> int:
        return max(0, min(width, round((at - began) / seconds * width)))

    created = min(cell(job.created), width - 1)
    if job.started is None or job.stopped is None:
        return Text(" " * created + WAITING * max(1, cell(job.stopped or job.created) - created), style="red")
    started = min(cell(job.started), width - 1)
    stopped = max(cell(job.stopped), started + 1)
    colour = "green" if job.status == "SUCCEEDED" else "red"
    return Text.assemble(
        " " * created, (WAITING * (started - created), "yellow"), (RUNNING * (stopped - started), colour)
    )


def span(jobs: Sequence[Job]) -> float:
    """Seconds from the first job's submission to the last one's end; at least a tenth."""
    first = min((job.created for job in jobs), default=0.0)
    return max(0.1, *(job.stopped - first for job in jobs if job.stopped), 0.1)


def most_at_once(jobs: Sequence[Job]) -> int:
    """How many jobs ran at the same time, at most."""
    moments = [(job.started, 1) for job in jobs if job.started and job.stopped]
    moments += [(job.stopped, -1) for job in jobs if job.started and job.stopped]
    running = most = 0
    for _, change in sorted(moments):
        running += change
        most = max(most, running)
    return most
