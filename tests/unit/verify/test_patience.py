"""A run that does nothing, or takes too long, is given up with one line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from asl_export.verify.errors import VerifyError
from asl_export.verify.jobs import Job
from asl_export.verify.patience import Limits, Patience


@dataclass
class Watched:
    """A run of jobs, of which a test says when they are in which state."""

    now: float = 0.0
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.patience = Patience("Step Functions: dag", Limits(total=1000, idle=60), clock=lambda: self.now)

    def at(self, now: float, *states: str) -> None:
        self.now = now
        self.patience.check([job(f"job{number}", state) for number, state in enumerate(states)])

    def array_at(self, now: float, **children: int) -> None:
        self.now = now
        self.patience.check([replace(job("array", "PENDING"), children=children)])


def job(name: str, status: str) -> Job:
    return Job(
        id=name,
        name=name,
        queue="queue",
        request={},
        status=status,
        reason=None,
        exit_code=None,
        created=0.0,
        started=None,
        stopped=None,
        log_stream=None,
    )


def test_a_run_without_jobs_is_given_up_after_the_idle_time() -> None:
    run = Watched()
    run.at(59)
    with pytest.raises(VerifyError, match=r"^Step Functions: dag made no progress for 60 s: .*0 jobs so far.*--idle-"):
        run.at(61)


def test_a_job_that_runs_is_progress_for_as_long_as_it_takes() -> None:
    run = Watched()
    run.at(10, "RUNNING")
    run.at(900, "RUNNING")
    run.at(950, "SUCCEEDED")


def test_an_array_job_whose_children_run_is_at_work() -> None:
    run = Watched()
    run.array_at(10, RUNNING=2, SUCCEEDED=1)
    run.array_at(900, RUNNING=2, SUCCEEDED=1)


def test_a_job_that_changes_its_state_is_progress() -> None:
    run = Watched()
    run.at(50, "SUCCEEDED")
    run.at(100, "SUCCEEDED", "PENDING")
    with pytest.raises(VerifyError, match=r"2 jobs so far, job1 is PENDING"):
        run.at(161, "SUCCEEDED", "PENDING")


def test_a_run_that_works_too_long_is_given_up() -> None:
    run = Watched()
    run.at(999, "RUNNING")
    with pytest.raises(VerifyError, match=r"did not end within 1000 s \(1 job so far, job0 is RUNNING\).*--timeout"):
        run.at(1001, "RUNNING")
