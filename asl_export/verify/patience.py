"""How long a run may take, and how long it may do nothing at all, before it is given up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asl_export.verify.errors import VerifyError
from asl_export.verify.jobs import Job

_AT_WORK = frozenset({"RUNNABLE", "STARTING", "RUNNING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: `total` for one run, `idle` with no job at work and none that changes its state."""

    total: float = 3600.0
    idle: float = 600.0


class Patience:
    """Watches one run's jobs against the limits."""

    def __init__(self, what: str, limits: Limits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._limits = limits
        self._clock = clock
        self._began = self._moved = clock()
        self._seen: dict[str, object] = {}

    def check(self, jobs: Sequence[Job]) -> None:
        """Note how far the jobs are.

        :raises VerifyError: when one of the limits has passed.
        """
        now = self._clock()
        states: dict[str, object] = {job.id: (job.status, dict(job.children)) for job in jobs}
        if states != self._seen or any(_at_work(job) for job in jobs):
            self._seen, self._moved = states, now
        if now - self._moved > self._limits.idle:
            raise VerifyError(
                f"{self._what} made no progress for {self._limits.idle:g} s: it goes on, but no job runs or waits for "
                f"a place, and none changed its state ({_summary(jobs)}). If it may wait so long, raise --idle-timeout."
            )
        if now - self._began > self._limits.total:
            raise VerifyError(
                f"{self._what} did not end within {self._limits.total:g} s ({_summary(jobs)}). "
                "If it may take longer, raise --timeout."
            )


def _at_work(job: Job) -> bool:
    return job.status in _AT_WORK or any(job.children.get(status) for status in _AT_WORK)


def _summary(jobs: Sequence[Job]) -> str:
    unfinished = [f"{job.name} is {job.status}" for job in jobs if not job.ended]
    counted = f"{len(jobs)} job{'' if len(jobs) == 1 else 's'} so far"
    return ", ".join([counted, *unfinished[:5], *(["…"] if len(unfinished) > 5 else [])])
