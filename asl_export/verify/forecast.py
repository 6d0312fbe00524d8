"""How long it will take to let each job fail in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asl_export.verify.errors import VerifyError
from asl_export.verify.failing_jobs import FailingJob
from asl_export.verify.flow import DagFlow
from asl_export.verify.patience import Limits
from asl_export.verify.run import Run

_SPREAD = 2.0
"""Airflow makes a growing delay up to twice as long."""

_FURNISH = 1.5
"""Seconds to make an AWS as it was before the first run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Seconds: `start` once, `run` for each pair of runs, `waits` for the retries of each job, by its label, on top."""

    start: float
    run: float
    waits: Mapping[str, float]

    @classmethod
    def of(cls, jobs: Sequence[FailingJob], direct: Run, exported: Run, flow: DagFlow, *, shared: bool) -> Forecast:
        """A forecast from the runs in which no job was made to fail; `shared`: they run one after the other."""
        began = min((job.created for job in direct.jobs), default=direct.outcome.ended)
        took = (direct.outcome.ended - began, exported.outcome.seconds)
        return cls(
            start=began - direct.outcome.began,
            run=(sum(took) if shared else max(took)) + _FURNISH,
            waits={job.label: flow.waits(job.job) for job in jobs},
        )

    def of_job(self, job: FailingJob) -> float:
        """What one job takes, once Airflow has started."""
        return self.run + self.waits[job.label]

    def limits(self, job: FailingJob, limits: Limits) -> Limits:
        """The limits for its runs: while a retry waits nothing happens."""
        return Limits(total=limits.total, idle=max(limits.idle, _SPREAD * self.waits[job.label] + 60))

    def check(self, limits: Limits) -> None:
        """See that each job's retries end in time.

        :raises VerifyError: when they don't.
        """
        label = max(self.waits, key=lambda name: self.waits[name], default=None)
        if label is not None and self.waits[label] > limits.total:
            waits, most = duration(self.waits[label]), duration(limits.total)
            raise VerifyError(
                f"--fail-each lets {label} fail on every try, and its retries wait {waits} in all; "
                f"a run may take {most}. Raise --timeout, or verify with shorter retry delays."
            )

    def __str__(self) -> str:
        waits = sum(self.waits.values())
        total = self.start + self.run * len(self.waits) + waits
        jobs = f"{len(self.waits)} job{'' if len(self.waits) == 1 else 's'}"
        retries = f", {duration(waits)} of it between retries" if waits else ""
        return f"Failing each of {jobs} in turn, on every try: at most about {duration(total)}{retries}"


def duration(seconds: float) -> str:
    """`45 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
