"""Parts of Airflow that are killed, or halt and go on: the jobs run on, each task ends with its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.airflow_database import newest_job, rows, silence_job, silence_tasks, transactions
from tests.airflow_parts import Part
from tests.airflow_run import Run, Scheduler, runs_task, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.kinds import Kind
from tests.faults.work import Work

pytestmark = pytest.mark.slow


def tries(kind: Kind) -> int:
    """How often Airflow starts a task whose scheduler is lost: it counts the process that waited as a try."""
    return 1 if kind.deferred else 2


def lost_tries(kind: Kind) -> int:
    """How many tries are used up by that."""
    return (tries(kind) - 1) * len(kind.waiting)


def waits_in_its_try(work: Work, run: Run) -> bool:
    """Whether the tasks wait in the try that they are to have by then."""
    return work.waits(run) and all(run.tries[task] == tries(work.kind) for task in work.kind.waiting)


def count_jobs(work: Work) -> tuple[int, int]:
    """How many jobs there are, and how many of them have not ended."""
    return len(work.jobs()), len(work.jobs_alive())


def lose(airflow: Scheduler, name: str) -> None:
    """SIGKILL a part and all that it has started, long ago."""
    airflow.parts[name].kill()
    silence_job(airflow.home, newest_job(airflow.home, f"{name.title()}Job"))


def triggerers(airflow: Scheduler) -> set[int]:
    """Who has the triggers, as Airflow counts its triggerers; nobody is 0."""
    return {int(found or 0) for (found,) in rows(airflow.home, "SELECT triggerer_id FROM trigger")}


@pytest.fixture
def second_triggerer(airflow: Scheduler) -> Iterator[None]:
    """Lets a test start another triggerer; at the end the first one runs alone."""
    yield
    airflow.parts["triggerer"].go_on()
    airflow.parts["triggerer-2"].stop()


def test_deferred_tasks_outlive_their_triggerer(
    airflow: Scheduler, deferred: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(deferred)
    for work in works:
        work.wait_for_jobs()
    lose(airflow, "triggerer")
    for work in works:
        work.let_jobs_end()  # while nobody looks
        wait_until(lambda work=work: not work.jobs_alive(), seconds=30, what=airflow.tails)
    airflow.parts["triggerer"].start()
    for work in works:
        work.ended()
        fault = "triggerer killed and started again"
        records.judge(fault, work.kind, work.outcome(), work.expected(), injected=1, shared=True)


@pytest.mark.usefixtures("second_triggerer")
def test_a_triggerer_that_stalled_leaves_the_jobs_of_its_lost_triggers_alone(
    airflow: Scheduler, deferred: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(deferred)
    for work in works:
        work.wait_for_jobs()
    (first,) = triggerers(airflow)
    airflow.parts["triggerer-2"].start()
    airflow.parts["triggerer"].halt()
    silence_job(airflow.home, first)
    wait_until(lambda: triggerers(airflow).isdisjoint({first, 0}), seconds=120, what=airflow.tails)
    for work in works:
        count = len(work.kind.waiting)
        wait_until(lambda work=work, count=count: work.trigger_starts() == 2 * count, seconds=30, what=airflow.tails)
    airflow.parts["triggerer"].go_on()
    for work in works:
        count = len(work.kind.waiting)
        wait_until(
            lambda work=work, count=count: work.trigger_logs().count("alone: its task is deferred") == count,
            seconds=120,
            what=airflow.tails,
        )
        assert len(work.jobs_alive()) == work.kind.jobs
        work.let_jobs_end()
    for work in works:
        work.ended()
        fault = "triggerer stalled, its triggers taken over, then continued"
        records.judge(fault, work.kind, work.outcome(), work.expected(), injected=1, shared=True)


@pytest.fixture
def scheduler(airflow: Scheduler) -> Iterator[Part]:
    """The scheduler, of which nothing is left when a test is over but one that runs."""
    part = airflow.parts["scheduler"]
    yield part
    part.stop()
    part.start()


def test_tasks_outlive_the_machine_of_the_scheduler(
    airflow: Scheduler, kinds: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
    lose(airflow, "scheduler")  # with the LocalExecutor and its tasks
    airflow.parts["scheduler"].start()
    for work in works:
        work.until(lambda run, work=work: waits_in_its_try(work, run))
        work.let_jobs_end()
    for work in works:
        work.ended()
        expected = work.expected(tries_used=lost_tries(work.kind))
        fault = "scheduler killed with its tasks, and started again"
        records.judge(fault, work.kind, work.outcome(), expected, injected=1, shared=True)


def test_tasks_outlive_the_schedulers_process(
    airflow: Scheduler, kinds: Sequence[Kind], start: Start, records: Records, scheduler: Part, turn: int
) -> None:
    works = start(kinds)
    for work in works:
        work.wait_for_jobs()
    # The LocalExecutor's workers and their tasks go on. They have inherited its connections to the database, and would
    # hold the locks of an open transaction for as long as they live.
    left = scheduler.kill_alone(when=lambda: transactions(airflow.home) == 0)
    silence_job(airflow.home, newest_job(airflow.home, "SchedulerJob"))
    scheduler.start()
    looks = "Adopting or resetting orphaned tasks"
    wait_until(lambda: scheduler.log.read_text().count(looks) >= 2, seconds=120, what=airflow.tails)
    # Airflow takes the LocalExecutor's tasks for lost, starts them anew, and has the old ones stop, with their jobs.
    wait_until(lambda: not [each for each in left if runs_task(each)], seconds=120, what=airflow.tails)
    for work in works:
        kind = work.kind
        there = (kind.jobs, kind.jobs) if kind.deferred else (kind.jobs + kind.again, kind.again)
        wait_until(lambda work=work, there=there: count_jobs(work) == there, seconds=120, what=airflow.tails)
        work.until(lambda run, work=work: waits_in_its_try(work, run))
        work.let_jobs_end()
    for work in works:
        work.ended()
        expected = work.expected(rounds=tries(work.kind), tries_used=lost_tries(work.kind))
        fault = "scheduler killed, its tasks go on, and started again"
        records.judge(fault, work.kind, work.outcome(), expected, injected=1, shared=True)


def test_the_task_of_a_worker_that_stalled_and_came_back_fails_no_further_try(
    airflow: Scheduler, waiting: Sequence[Kind], start: Start, records: Records, turn: int
) -> None:
    works = start(waiting)
    for work in works:
        work.wait_for_jobs()
    tasks = airflow.task_processes()
    halted = [process for task in tasks for process in (task, task.parent())]  # with its supervisor, who beats for it
    for process in halted:
        process.suspend()
    for work in works:
        silence_tasks(airflow.home, work.run_id)
    try:
        for work in works:
            work.until(lambda run, work=work: waits_in_its_try(work, run))  # it has adopted the jobs
    finally:
        for process in halted:
            process.resume()
    wait_until(lambda: not [each for each in tasks if runs_task(each)], seconds=120, what=airflow.tails)
    for work in works:
        there = (work.kind.jobs + work.kind.again, work.kind.again)
        wait_until(lambda work=work, there=there: count_jobs(work) == there, seconds=120, what=airflow.tails)
        work.let_jobs_end()
    for work in works:
        work.ended()
        stalled = len(work.kind.waiting)
        fault = "worker stalled, the task tried again, then continued"
        records.judge(fault, work.kind, work.outcome(), work.expected(rounds=2, tries_used=stalled), injected=stalled)
