"""How far a map is: how many of its children are in which state, how fast they end, how long the rest will take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airstep.job import Job

TELL_EVERY = 10.0
"""The least seconds between two words about the progress."""

PROGRESS_KEY = "map_progress"
"""The XCom that holds it."""

_WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")
_RUNNING = ("STARTING", "RUNNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A map's children by state; `waiting` are those that have no container yet, `a_minute` how many end in one."""

    children: int
    waiting: int
    running: int
    succeeded: int
    failed: int
    a_minute: float | None = None
    seconds_left: float | None = None

    def to_xcom(self) -> dict[str, Any]:
        """The XCom `map_progress`."""
        return asdict(self)

    def __str__(self) -> str:
        ended = self.succeeded + self.failed
        states = ((self.succeeded, "succeeded"), (self.failed, "failed"), (self.running, "running"))
        told = [f"{count:,} {state}" for count, state in (*states, (self.waiting, "waiting")) if count]
        text = f"{ended:,} of {self.children:,} children ended ({ended / max(self.children, 1):.0%}): {', '.join(told)}"
        if self.a_minute is None or self.seconds_left is None:
            return text
        return f"{text}; {self.a_minute:,.0f} a minute, {_duration(self.seconds_left)} left"


class ProgressMeter:
    """Works out progress from what AWS says of the jobs, and the rate from how it changes while it looks.

    :param children: of the whole round.
    :param ended_before: succeeded and failed children of jobs that are not looked at any more.
    """

    def __init__(self, children: int, ended_before: Mapping[str, int], clock: Callable[[], float]) -> None:
        self._children = children
        self._before = Counter(ended_before)
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def measure(self, jobs: Iterable[Job]) -> Progress:
        """The progress, by the latest descriptions of the jobs that are looked at."""
        counts = self._before + child_counts(jobs)
        ended, now = counts["SUCCEEDED"] + counts["FAILED"], self._clock()
        if self._first is None:
            self._first = (now, ended)
        since, at_first = self._first
        rate = (ended - at_first) / (now - since) if now > since and ended > at_first else None
        running = sum(counts[status] for status in _RUNNING)
        return Progress(
            children=self._children,
            waiting=self._children - ended - running,
            running=running,
            succeeded=counts["SUCCEEDED"],
            failed=counts["FAILED"],
            a_minute=None if rate is None else round(rate * 60, 1),
            seconds_left=None if rate is None else round((self._children - ended) / rate, 1),
        )


def child_counts(jobs: Iterable[Job]) -> Counter[str]:
    """How many children, of array jobs, and plain jobs are in each status."""
    counts: Counter[str] = Counter()
    for job in jobs:
        counts.update(job.array_counts if job.array_size is not None and job.array_counts else {job.status: 1})
    return counts


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
