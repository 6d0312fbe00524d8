"""People who mark, clear and delete what waits: the old job ends, the new one lives."""

from __future__ import annotations

import contextlib

import pytest

from tests.airflow_run import Scheduler, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.report import Outcome
from tests.faults.work import KINDS, TASKS

pytestmark = [pytest.mark.slow, pytest.mark.hits(TASKS)]


def test_the_jobs_of_tasks_marked_failed_end(airflow: Scheduler, start: Start, records: Records, turn: int) -> None:
    works = [start(kind) for kind in KINDS]
    for work in works:
        work.wait_for_jobs()
        for index in range(TASKS):
            airflow.mark(work.kind, work.run_id, "task", "failed", map_index=index)
    for work in works:
        wait_until(lambda work=work: not work.jobs_alive(), seconds=120, what=airflow.task_logs)
        work.ended()
        expected = Outcome(tasks=TASKS, jobs=TASKS, lost=TASKS)
        records.judge(f"{work.kind} task marked failed", work.outcome(), expected, injected=TASKS)
        assert {job["statusReason"][:21] for job in work.jobs()} == {"The Airflow task was "}


def test_the_old_jobs_of_cleared_tasks_end_and_the_new_ones_live(
    airflow: Scheduler, start: Start, records: Records, turn: int
) -> None:
    works = [start(kind) for kind in KINDS]
    old: dict[str, set[str]] = {}
    for work in works:
        work.wait_for_jobs()
        old[work.kind] = {job["jobId"] for job in work.jobs()}
        airflow.clear(work.kind, work.run_id, "task")
    for work in works:
        before = old[work.kind]
        work.wait_for_jobs(other_than=before)
        wait_until(lambda work=work: len(work.jobs_alive()) == TASKS, seconds=120, what=airflow.task_logs)
        work.let_jobs_end()
    for work in works:
        work.ended()
        expected = Outcome(tasks=TASKS, jobs=2 * TASKS, tries_used=TASKS)
        records.judge(f"{work.kind} task cleared", work.outcome(), expected, injected=TASKS)
        assert {job["status"] for job in work.jobs() if job["jobId"] in old[work.kind]} == {"FAILED"}


def test_the_jobs_of_a_deleted_run_end(airflow: Scheduler, start: Start, records: Records, turn: int) -> None:
    works = [start(kind) for kind in KINDS]
    for work in works:
        work.wait_for_jobs()
        airflow.delete(work.kind, work.run_id)
    for work in works:
        with contextlib.suppress(AssertionError):
            wait_until(lambda work=work: not work.jobs_alive(), seconds=60)
        outcome = Outcome(tasks=TASKS, jobs=len(work.jobs()), lost=TASKS, left_running=len(work.jobs_alive()))
        expected = Outcome(tasks=TASKS, jobs=TASKS, lost=TASKS)
        records.judge(f"run of {work.kind} tasks marked failed and deleted", outcome, expected, injected=TASKS)
