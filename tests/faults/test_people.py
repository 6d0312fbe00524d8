"""People who mark, clear and delete what waits: the old job ends, the new one lives."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest

from tests.airflow_run import Scheduler, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.kinds import TASKS, Kind
from tests.faults.report import Outcome

pytestmark = [pytest.mark.slow, pytest.mark.hits(TASKS)]


def place(task: str) -> tuple[str, int]:
    """A task's id and map index."""
    name, _, index = task.partition("[")
    return name, int(index.rstrip("]") or -1)


def test_the_jobs_of_tasks_marked_failed_end(
    airflow: Scheduler, kinds: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
        for task in work.kind.waiting:
            task_id, index = place(task)
            airflow.mark(work.kind.name, work.run_id, task_id, "failed", map_index=index)
    for work in works:
        wait_until(lambda work=work: not work.jobs_alive(), seconds=120, what=airflow.task_logs)
        work.ended()
        expected = work.expected(lost=work.kind.tasks)
        injected = len(work.kind.waiting)
        records.judge("marked failed", work.kind, work.outcome(), expected, injected=injected)


def test_the_old_jobs_of_cleared_tasks_end_and_the_new_ones_live(
    airflow: Scheduler, kinds: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(kinds)
    old: dict[str, set[str]] = {}
    for work in works:
        work.wait_for_jobs()
        old[work.kind.name] = {job["jobId"] for job in work.jobs()}
        for task_id in sorted({place(task)[0] for task in work.kind.waiting}):
            airflow.clear(work.kind.name, work.run_id, task_id)
    for work in works:
        before = old[work.kind.name]
        work.until(lambda run, work=work, before=before: work.waits(run, before))
        alive = {job["jobId"] for job in work.jobs()} - before
        wait_until(
            lambda work=work: {job["jobId"] for job in work.jobs_alive()}.isdisjoint(old[work.kind.name]),
            seconds=120,
            what=airflow.task_logs,
        )
        assert {job["jobId"] for job in work.jobs_alive()} == alive
        work.let_jobs_end()
    for work in works:
        work.ended()
        cleared = len(work.kind.waiting)
        expected = work.expected(rounds=2, tries_used=cleared)
        records.judge("cleared", work.kind, work.outcome(), expected, injected=cleared)
        assert {job["status"] for job in work.jobs() if job["jobId"] in old[work.kind.name]} == {"FAILED"}


def test_the_jobs_of_a_deleted_run_end(
    airflow: Scheduler, kinds: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
        airflow.delete(work.kind.name, work.run_id)
    for work in works:
        with contextlib.suppress(AssertionError):
            wait_until(lambda work=work: not work.jobs_alive(), seconds=60)
        lost = work.kind.tasks
        outcome = Outcome(tasks=lost, jobs=len(work.jobs()), lost=lost, left_running=len(work.jobs_alive()))
        fault = "run marked failed and deleted"
        records.judge(fault, work.kind, outcome, work.expected(lost=lost), injected=len(work.kind.waiting))
