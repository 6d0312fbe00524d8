"""Tasks whose process is killed, and submissions whose answer is lost: one job runs to its end for each task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.airflow_run import Scheduler, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.kinds import TASKS, Kind
from tests.faults.work import Faults

pytestmark = [pytest.mark.slow, pytest.mark.hits(TASKS)]

SUBMIT = {"service": "batch", "operation": "SubmitJob"}
UNAVAILABLE = {"status": 503, "code": "ServerException", "message": "Service unavailable"}


def kill_tasks(airflow: Scheduler) -> int:
    """SIGKILL the tasks' processes; how many."""
    killed = airflow.task_processes()
    for process in killed:
        process.kill()
    return len(killed)


def submitters(kinds: Sequence[Kind]) -> int:
    """How many processes submit."""
    return sum(len(kind.submitting) for kind in kinds)


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        # AWS answers that nothing has happened, again and again.
        ("before SubmitJob takes effect", {**SUBMIT, "error": UNAVAILABLE}),
        # The request is with AWS, and takes effect when nobody is left to hear of it.
        ("while SubmitJob takes effect", {**SUBMIT, "latency": 8}),
        # The job is there, its id is on the way.
        ("before SubmitJob has answered", {**SUBMIT, "latency": 60, "after_effect": True}),
    ],
)
def test_a_task_killed_as_it_submits_has_one_job(
    airflow: Scheduler,
    kinds: Sequence[Kind],
    start: Start,
    faults: Faults,
    records: Records,
    moment: str,
    fault: Any,
    turn: int,
) -> None:
    count = submitters(kinds)
    faults.set(fault)
    works = start(kinds)
    wait_until(
        lambda: faults.fired() >= count and len(airflow.task_processes()) == count, seconds=120, what=airflow.tails
    )
    kill_tasks(airflow)
    faults.set()
    for work in works:
        work.wait_for_jobs()
        work.let_jobs_end()
    for work in works:
        work.ended()
        killed = len(work.kind.submitting)
        expected = work.expected(tries_used=killed)
        records.judge(f"process killed {moment}", work.kind, work.outcome(), expected, injected=killed)


def test_a_task_killed_as_it_waits_adopts_its_job(
    airflow: Scheduler, waiting: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(waiting)
    before = [{job["jobId"] for job in work.jobs()} for work in works if work.wait_for_jobs()]
    killed = kill_tasks(airflow)
    for work in works:
        tries = dict.fromkeys(work.kind.waiting, 2)
        work.until(lambda run, work=work, tries=tries: run.tries.items() >= tries.items() and work.waits(run))
        work.let_jobs_end()
    for work, jobs in zip(works, before, strict=True):
        work.ended()
        injected = len(work.kind.waiting)
        fault = "process killed as it waits"
        records.judge(fault, work.kind, work.outcome(), work.expected(tries_used=injected), injected=injected)
        assert {job["jobId"] for job in work.jobs()} == jobs
    assert killed == sum(len(kind.waiting) for kind in waiting)


@pytest.mark.parametrize(
    ("how", "answer"), [("dropped", {"drop": True}), ("an error 500", {"error": {**UNAVAILABLE, "status": 500}})]
)
def test_a_submission_whose_answer_is_lost_is_found_again(
    kinds: Sequence[Kind], start: Start, faults: Faults, records: Records, how: str, answer: Any, turn: int
) -> None:
    jobs = sum(kind.jobs for kind in kinds)
    faults.set({**SUBMIT, **answer, "after_effect": True, "times": jobs})
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
        work.let_jobs_end()
    assert faults.fired() == jobs
    for work in works:
        work.ended()
        fault = f"SubmitJob took effect, its answer {how}"
        records.judge(fault, work.kind, work.outcome(), work.expected(), injected=work.kind.jobs)
