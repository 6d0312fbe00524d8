"""How far it is with letting each job fail, and how long the rest will take."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.status import Status
from rich.text import Text

from asl_export.verify.compare import Comparison
from asl_export.verify.failing_jobs import FailingJob
from asl_export.verify.forecast import Forecast, duration
from asl_export.verify.run import Tick
from asl_export.verify.what_ran import what_both_did


class FailProgress:
    """A line for each job that has been made to fail; in a terminal, a moving one for the job that is."""

    def __init__(
        self,
        console: Console,
        status: Status,
        jobs: Sequence[FailingJob],
        forecast: Forecast,
        good: Comparison,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._status = status
        self._jobs = jobs
        self._forecast = forecast
        self._good = good
        self._clock = clock
        self._first = self._began = clock()

    def begin(self, job: FailingJob) -> Tick:
        """Note that a job's runs begin; to be called while they go on."""
        self._began = self._clock()
        line = f"{self._place(job)} failing {job.label} …"

        def tick() -> None:
            now = self._clock()
            total, left = duration(now - self._first), self._left(job, now)
            self._status.update(Text(f"{line}  {now - self._began:.0f} s; {total} in all, {left}"))

        tick()
        return tick

    def end(self, job: FailingJob, comparison: Comparison) -> None:
        """Say what came of a job's runs."""
        now = self._clock()
        said = what_both_did(comparison, self._good)
        line = Text(f"  {self._place(job)} failing {job.label}: {said}  ({now - self._began:.1f} s)")
        self._console.print(line, style="" if comparison.same else "red", highlight=False, soft_wrap=True)

    def _place(self, job: FailingJob) -> str:
        return f"{self._jobs.index(job) + 1}/{len(self._jobs)}"

    def _left(self, job: FailingJob, now: float) -> str:
        """What is left, at the pace so far."""
        position = self._jobs.index(job)
        done, rest = (sum(map(self._forecast.of_job, jobs)) for jobs in (self._jobs[:position], self._jobs[position:]))
        pace = min((self._began - self._first) / done, 1.0) if done else 1.0
        return f"about {duration(max(rest * pace - (now - self._began), 1.0))} left"


@contextlib.contextmanager
def fail_progress(
    console: Console, jobs: Sequence[FailingJob], forecast: Forecast, good: Comparison
) -> Iterator[FailProgress]:
    """Say what is about to happen, and how it goes on."""
    console.print(str(forecast), highlight=False, soft_wrap=True)
    with console.status("") as status:
        yield FailProgress(console, status, jobs, forecast, good)
