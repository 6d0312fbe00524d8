"""Parts of Airflow that are killed, or halt and go on: the jobs run on, each task ends with its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.airflow_database import newest_job, rows, silence_job, silence_tasks, transactions
from tests.airflow_parts import Part
from tests.airflow_run import Run, Scheduler, runs_task, wait_until
from tests.faults.conftest import Records, Start
from tests.faults.report import Outcome
from tests.faults.work import KINDS, TASKS

pytestmark = pytest.mark.slow

UNHURT = Outcome(tasks=TASKS, jobs=TASKS)


TRIES = {"waiting": 2, "deferred": 1}
"""How often Airflow starts a task whose scheduler is lost: it counts the process that waited as a try."""


def tries(run: Run) -> set[int]:
    """How often the tasks were tried."""
    return set(run.tries.values())


def states(run: Run) -> set[str | None]:
    """The states of the tasks."""
    return set(run.tasks.values())


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


def test_deferred_tasks_outlive_their_triggerer(airflow: Scheduler, start: Start, records: Records, turn: int) -> None:
    work = start("deferred")
    work.wait_for_jobs()
    lose(airflow, "triggerer")
    work.let_jobs_end()  # while nobody looks
    wait_until(lambda: not work.jobs_alive(), seconds=30, what=airflow.tails)
    airflow.parts["triggerer"].start()
    work.ended()
    records.judge("triggerer killed and started again", work.outcome(), UNHURT, injected=1)


@pytest.mark.usefixtures("second_triggerer")
def test_a_triggerer_that_stalled_leaves_the_jobs_of_its_lost_triggers_alone(
    airflow: Scheduler, start: Start, records: Records, turn: int
) -> None:
    work = start("deferred")
    work.wait_for_jobs()
    (first,) = triggerers(airflow)
    airflow.parts["triggerer-2"].start()
    airflow.parts["triggerer"].halt()
    silence_job(airflow.home, first)
    wait_until(lambda: triggerers(airflow).isdisjoint({first, 0}), seconds=120, what=airflow.tails)
    wait_until(lambda: work.trigger_starts() == 2 * TASKS, seconds=30, what=airflow.tails)
    airflow.parts["triggerer"].go_on()
    wait_until(
        lambda: work.trigger_logs().count("alone: its task is deferred") == TASKS, seconds=120, what=airflow.tails
    )
    assert len(work.jobs_alive()) == TASKS
    work.let_jobs_end()
    work.ended()
    records.judge("triggerer stalled, its triggers taken over, then continued", work.outcome(), UNHURT, injected=1)


@pytest.fixture
def scheduler(airflow: Scheduler) -> Iterator[Part]:
    """The scheduler, of which nothing is left when a test is over but one that runs."""
    part = airflow.parts["scheduler"]
    yield part
    part.stop()
    part.start()


def test_tasks_outlive_the_machine_of_the_scheduler(
    airflow: Scheduler, start: Start, records: Records, turn: int
) -> None:
    works = [start(kind) for kind in KINDS]
    for work in works:
        work.wait_for_jobs()
    lose(airflow, "scheduler")  # with the LocalExecutor and its tasks
    airflow.parts["scheduler"].start()
    for work in works:
        work.until(lambda run, work=work: tries(run) == {TRIES[work.kind]} and states(run) == {work.waiting_state})
        work.let_jobs_end()
    for work in works:
        work.ended()
        expected = Outcome(tasks=TASKS, jobs=TASKS, tries_used=(TRIES[work.kind] - 1) * TASKS)
        fault = f"scheduler killed with its tasks, which are {work.kind}, and started again"
        records.judge(fault, work.outcome(), expected, injected=1)


def test_tasks_outlive_the_schedulers_process(
    airflow: Scheduler, start: Start, records: Records, scheduler: Part, turn: int
) -> None:
    works = [start(kind) for kind in KINDS]
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
        jobs = TRIES[work.kind] * TASKS
        wait_until(
            lambda work=work, jobs=jobs: (len(work.jobs()), len(work.jobs_alive())) == (jobs, TASKS),
            seconds=120,
            what=airflow.tails,
        )
        work.until(lambda run, work=work: states(run) == {work.waiting_state})
        work.let_jobs_end()
    for work in works:
        work.ended()
        tried = TRIES[work.kind]
        expected = Outcome(tasks=TASKS, jobs=tried * TASKS, tries_used=(tried - 1) * TASKS)
        fault = f"scheduler killed, its tasks, which are {work.kind}, go on, and started again"
        records.judge(fault, work.outcome(), expected, injected=1)


def test_the_task_of_a_worker_that_stalled_and_came_back_fails_no_further_try(
    airflow: Scheduler, start: Start, records: Records, turn: int
) -> None:
    work = start("waiting")
    work.wait_for_jobs()
    tasks = airflow.task_processes()
    halted = [process for task in tasks for process in (task, task.parent())]  # with its supervisor, who beats for it
    for process in halted:
        process.suspend()
    silence_tasks(airflow.home, work.run_id)
    try:
        work.until(lambda run: tries(run) == {2} and states(run) == {"running"})
        adopted = f"Adopting job {work.name}"
        wait_until(lambda: airflow.task_logs().count(adopted) == TASKS, seconds=120, what=airflow.tails)
    finally:
        for process in halted:
            process.resume()
    wait_until(lambda: not [each for each in tasks if runs_task(each)], seconds=120, what=airflow.tails)
    wait_until(
        lambda: (len(work.jobs()), len(work.jobs_alive())) == (2 * TASKS, TASKS), seconds=120, what=airflow.tails
    )
    work.let_jobs_end()
    work.ended()
    records.judge(
        "worker of a waiting task stalled, the task tried again, then continued",
        work.outcome(),
        Outcome(tasks=TASKS, jobs=2 * TASKS, tries_used=TASKS),
        injected=TASKS,
    )
