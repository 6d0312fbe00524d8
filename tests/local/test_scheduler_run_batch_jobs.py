"""Batch jobs and ParallelBranches under a real scheduler: LocalExecutor, triggerer, api-server, dag-processor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_run import Run, Scheduler, airflow_home, running_scheduler, wait_until
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws

pytestmark = pytest.mark.slow

DAGS = """
from datetime import timedelta
from airflow.sdk import DAG, TaskGroup
from airflow.providers.standard.operators.empty import EmptyOperator
from airstep.operators import BatchJobOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

for deferrable in (False, True):
    suffix = "deferred" if deferrable else "waiting"
    more = {{"deferrable": deferrable, "retries": 2, "retry_delay": timedelta(seconds=300)}}
    with DAG(f"fail_fast_{{suffix}}", schedule=None):
        with ParallelBranches("g") as g:
            sh("a1", "sleep 6; exit 1", deferrable=deferrable) >> sh("a2", "true")
            sh("b1", "sleep 120", **more) >> sh("b2", "true", **more)
            with TaskGroup("inner"):
                BatchJobOperator.partial(task_id="m", command=["sleep", "120"], **common, **more).expand(
                    environment=[{{"X": "1"}}, {{"X": "2"}}]
                ) >> EmptyOperator(task_id="end")
        g >> EmptyOperator(task_id="after")

    with DAG(f"long_{{suffix}}", schedule=None):
        sh("a", "sleep 120", deferrable=deferrable)

with DAG("quick_deferred", schedule=None):
    BatchJobOperator.partial(task_id="m", command=["sleep", "1"], deferrable=True, **common).expand(
        environment=[{{"X": str(n)}} for n in range(6)]
    )

with DAG("lost_worker", schedule=None):
    sh("a", "sleep 8", retries=2, retry_delay=timedelta(0))

with DAG("timed_out_deferred", schedule=None):
    sh("a", "sleep 120", deferrable=True, execution_timeout=timedelta(seconds=4))

with DAG("timed_out_retried", schedule=None):
    slow_to_end = "test {{{{ ti.try_number }}}} = 2 && exit; trap 'sleep 3; exit 1' TERM; sleep 60 & wait"
    again = {{"retries": 1, "retry_delay": timedelta(0)}}
    sh("slow", slow_to_end, deferrable=True, execution_timeout=timedelta(seconds=8), **again)
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws, vcpus=16)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def airflow(batch: Batch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    folder: Path = tmp_path_factory.mktemp("scheduler")
    dags = {"dags.py": DAGS.format(name=batch.name)}
    home = airflow_home(folder / "airflow", dags=dags, environment=batch.aws.environment)
    with running_scheduler(home, folder / "logs") as scheduler:
        yield scheduler


def waiting_run(airflow: Scheduler, dag_id: str, run_id: str, state: str) -> Run:
    """The run, once its task waits for its job: in the triggerer, if deferred, and not only on the way there."""
    run = airflow.wait(dag_id, run_id, lambda run: run.tasks.get("a") == state and ("a", "job") in run.xcoms)
    if state == "deferred":
        wait_until(lambda: "starting" in airflow.trigger_logs(dag_id, run_id), seconds=30, what=airflow.tails)
    return run


def status(batch: Batch, run: Run, task: str) -> tuple[str, str]:
    job = batch.describe(run.xcoms[task, "job"]["job_id"])
    return job["status"], job.get("statusReason", "")


@pytest.mark.parametrize("dag_id", ["fail_fast_waiting", "fail_fast_deferred"])
def test_the_first_failure_stops_the_other_branches(airflow: Scheduler, batch: Batch, dag_id: str) -> None:
    run = airflow.ended(dag_id, airflow.trigger(dag_id))
    blocked = {task: run.tasks[task] for task in ("g.a2", "g.b2", "g.inner.end", "after")}
    assert (run.state, run.tasks["g.a1"]) == ("failed", "failed")
    assert {run.tasks[task] for task in ("g.b1", "g.inner.m[0]", "g.inner.m[1]")} == {"failed"}
    assert {run.tries[task] for task in ("g.b1", "g.inner.m[0]", "g.inner.m[1]")} == {1}
    assert blocked == {
        "g.a2": "upstream_failed",
        "g.b2": "skipped",
        "g.inner.end": "skipped",
        "after": "upstream_failed",
    }
    reason = "Stopped by airstep: task 'g.a1' failed, and parallel branches 'g' fail fast"
    for task in ("g.b1", "g.inner.m[0]", "g.inner.m[1]"):
        job = batch.wait(run.xcoms[task, "job"]["job_id"])
        assert (job["status"], job["statusReason"]) == ("FAILED", reason)


def test_the_retry_of_a_killed_task_process_adopts_its_job(airflow: Scheduler, batch: Batch) -> None:
    run_id = airflow.trigger("lost_worker")
    job_id = waiting_run(airflow, "lost_worker", run_id, "running").xcoms["a", "job"]["job_id"]
    (process,) = airflow.task_processes()
    process.kill()
    run = airflow.ended("lost_worker", run_id)
    assert (run.state, run.tries["a"], run.xcoms["a", "job"]["job_id"]) == ("success", 2, job_id), airflow.task_logs()
    assert f"Adopting job {run.xcoms['a', 'job']['job_name']} ({job_id}" in airflow.task_logs()


def test_deferred_tasks_end_with_their_jobs(airflow: Scheduler, batch: Batch) -> None:
    run = airflow.ended("quick_deferred", airflow.trigger("quick_deferred"))
    assert (run.state, set(run.tasks.values())) == ("success", {"success"}), airflow.task_logs()
    assert {run.xcoms[f"m[{index}]", "job"]["status"] for index in range(6)} == {"SUCCEEDED"}


@pytest.mark.parametrize(("dag_id", "state"), [("long_waiting", "running"), ("long_deferred", "deferred")])
def test_marking_a_task_failed_terminates_its_job(airflow: Scheduler, batch: Batch, dag_id: str, state: str) -> None:
    run_id = airflow.trigger(dag_id)
    run = waiting_run(airflow, dag_id, run_id, state)
    airflow.mark(dag_id, run_id, "a", "failed")
    wait_until(lambda: status(batch, run, "a")[0] == "FAILED", seconds=45, what=airflow.task_logs)
    assert status(batch, run, "a")[1].startswith("The Airflow task was")


@pytest.mark.parametrize(("dag_id", "state"), [("long_waiting", "running"), ("long_deferred", "deferred")])
def test_clearing_a_task_terminates_its_job_and_runs_another(
    airflow: Scheduler, batch: Batch, dag_id: str, state: str
) -> None:
    run_id = airflow.trigger(dag_id)
    run = waiting_run(airflow, dag_id, run_id, state)
    old = run.xcoms["a", "job"]["job_id"]
    airflow.clear(dag_id, run_id, "a")
    again = airflow.wait(dag_id, run_id, lambda run: run.xcoms.get(("a", "job"), {"job_id": old})["job_id"] != old)
    assert batch.wait(old)["status"] == "FAILED"
    assert batch.status(again.xcoms["a", "job"]["job_id"]) in ("SUBMITTED", "RUNNABLE", "STARTING", "RUNNING")
    airflow.mark(dag_id, run_id, "a", "failed")


def test_a_deferred_task_that_times_out_fails_and_its_job_is_terminated(airflow: Scheduler, batch: Batch) -> None:
    run = airflow.ended("timed_out_deferred", airflow.trigger("timed_out_deferred"))
    assert run.tasks == {"a": "failed"}
    job = batch.wait(run.xcoms["a", "job"]["job_id"])
    assert "did not end within the execution_timeout of 0:00:04" in job["statusReason"]


def test_the_retry_of_a_deferred_task_that_timed_out_waits_for_the_old_job_and_submits_another(
    airflow: Scheduler, batch: Batch
) -> None:
    run = airflow.ended("timed_out_retried", airflow.trigger("timed_out_retried"))
    assert (run.state, run.tries) == ("success", {"slow": 2}), airflow.task_logs()
    listed = batch.client.list_jobs(jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["slow-*"]}])
    described = [batch.describe(job["jobId"]) for job in listed["jobSummaryList"]]
    first, second = sorted(described, key=lambda job: int(job["createdAt"]))
    assert (first["status"], first["isTerminated"], second["status"]) == ("FAILED", True, "SUCCEEDED")
    assert first["stoppedAt"] <= second["createdAt"]
    assert run.xcoms["slow", "job"]["job_id"] == second["jobId"]
