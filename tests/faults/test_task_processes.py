"""Tasks whose process is killed, and submissions whose answer is lost: one job runs to its end for each task."""

from __future__ import annotations

from typing import Any

import pytest

from tests.airflow_run import Scheduler, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.report import Outcome
from tests.faults.work import KINDS, TASKS, Faults

pytestmark = [pytest.mark.slow, pytest.mark.hits(TASKS)]

SUBMIT = {"service": "batch", "operation": "SubmitJob"}
UNAVAILABLE = {"status": 503, "code": "ServerException", "message": "Service unavailable"}


ALL = len(KINDS) * TASKS


def kill_tasks(airflow: Scheduler) -> int:
    """SIGKILL the tasks' processes; how many."""
    killed = airflow.task_processes()
    for process in killed:
        process.kill()
    return len(killed)


@pytest.mark.parametrize(
    ("moment", "fault"),
    [
        # AWS answers that nothing has happened, again and again.
        ("before SubmitJob takes effect", {**SUBMIT, "error": UNAVAILABLE}),
        # The request is with AWS, and takes effect when nobody is left to hear of it.
        ("while SubmitJob takes effect", {**SUBMIT, "latency": 8, "times": ALL}),
        # The job is there, its id is on the way.
        ("before SubmitJob has answered", {**SUBMIT, "latency": 60, "after_effect": True, "times": ALL}),
    ],
)
def test_a_task_killed_as_it_submits_has_one_job(
    airflow: Scheduler, start: Start, faults: Faults, records: Records, moment: str, fault: Any, turn: int
) -> None:
    faults.set(fault)
    works = [start(kind) for kind in KINDS]
    wait_until(lambda: faults.fired() >= ALL and len(airflow.task_processes()) == ALL, seconds=120, what=airflow.tails)
    kill_tasks(airflow)
    faults.set()
    for work in works:
        work.wait_for_jobs()
        work.let_jobs_end()
    for work in works:
        work.ended()
        expected = Outcome(tasks=TASKS, jobs=TASKS, tries_used=TASKS)
        records.judge(f"process of a {work.kind} task killed {moment}", work.outcome(), expected, injected=TASKS)


def test_a_task_killed_as_it_waits_adopts_its_job(
    airflow: Scheduler, start: Start, records: Records, turn: int
) -> None:
    work = start("waiting")
    before = {name: job["job_id"] for (name, key), job in work.wait_for_jobs().xcoms.items() if key == "job"}
    killed = kill_tasks(airflow)
    work.until(lambda run: set(run.tries.values()) == {2} and set(run.tasks.values()) == {"running"})
    work.let_jobs_end()
    after = {name: job["job_id"] for (name, key), job in work.ended().xcoms.items() if key == "job"}
    expected = Outcome(tasks=TASKS, jobs=TASKS, tries_used=TASKS)
    records.judge("process of a waiting task killed as it waits", work.outcome(), expected, injected=killed)
    assert (killed, after) == (TASKS, before)


@pytest.mark.parametrize(
    ("how", "answer"), [("dropped", {"drop": True}), ("an error 500", {"error": {**UNAVAILABLE, "status": 500}})]
)
def test_a_submission_whose_answer_is_lost_is_found_again(
    airflow: Scheduler, start: Start, faults: Faults, records: Records, how: str, answer: Any, turn: int
) -> None:
    faults.set({**SUBMIT, **answer, "after_effect": True, "times": ALL})
    works = [start(kind) for kind in KINDS]
    for work in works:
        work.wait_for_jobs()
        work.let_jobs_end()
    assert faults.fired() == ALL
    for work in works:
        work.ended()
        fault = f"SubmitJob of a {work.kind} task took effect, its answer {how}"
        records.judge(fault, work.outcome(), Outcome(tasks=TASKS, jobs=TASKS), injected=TASKS)
