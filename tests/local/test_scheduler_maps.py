"""BatchMapOperator under a real scheduler: LocalExecutor, triggerer, api-server, dag-processor."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_run import Run, Scheduler, airflow_home, running_scheduler, wait_until
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket, new_bucket

pytestmark = pytest.mark.slow

DAGS = """
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator, BatchMapOperator, ParallelBranches, item

common = {{
    "job_queue": "{name}-queue",
    "job_definition": "{name}-definition-items",
    "results": "s3://{bucket}/{{{{ dag.dag_id }}}}",
}}
numbers = list(range(6))
def each(task_id, script, **more):
    command = ["sh", "-c", script, item]
    return BatchMapOperator(task_id=task_id, command=command, **{{"items": numbers, **common, **more}})

for deferrable in (False, True):
    suffix = "deferred" if deferrable else "waiting"
    with DAG(f"long_{{suffix}}", schedule=None):
        each("a", "test $0 -lt 3 || sleep 120", deferrable=deferrable)
    with DAG(f"jobs_{{suffix}}", schedule=None):
        each("a", "sleep 120", deferrable=deferrable, strategy="jobs", retries=1, retry_delay=timedelta(0))
    with DAG(f"waves_{{suffix}}", schedule=None):
        each("a", "true", deferrable=deferrable, max_concurrency=4)
    with DAG(f"branches_{{suffix}}", schedule=None):
        with ParallelBranches("g"):
            each("a", "sleep 120", deferrable=deferrable, retries=2)
            BatchJobOperator(
                task_id="b", job_queue=common["job_queue"], job_definition="{name}-definition",
                command=["sh", "-c", "sleep 8; exit 1"],
            )

with DAG("again_deferred", schedule=None):
    once = 'test -e {folder}/$0 || {{ touch {folder}/$0; test $0 -lt 4; }}'
    each("a", once, deferrable=True, retries=1, retry_delay=timedelta(0))

with DAG("lost_worker", schedule=None):
    each("a", "sleep 8", retries=1, retry_delay=timedelta(0))

with DAG("timed_out_deferred", schedule=None):
    each("a", "sleep 120", deferrable=True, execution_timeout=timedelta(seconds=8))
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws, vcpus=64)
    made.define("-items", container={"image": "airstep/items:1"})
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def bucket(local_aws: LocalAws) -> Bucket:
    return new_bucket(local_aws)


@pytest.fixture(scope="module")
def airflow(batch: Batch, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    folder: Path = tmp_path_factory.mktemp("scheduler")
    seen = tmp_path_factory.mktemp("seen")
    dags = {"dags.py": DAGS.format(name=batch.name, bucket=bucket.name, folder=seen)}
    home = airflow_home(folder / "airflow", dags=dags, environment=batch.aws.environment)
    with running_scheduler(home, folder / "logs") as scheduler:
        yield scheduler


def jobs(batch: Batch) -> dict[str, dict[str, Any]]:
    """All jobs of maps, by id, oldest first."""
    pages = batch.client.get_paginator("list_jobs").paginate(
        jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["a-*"]}]
    )
    found = [batch.describe(job["jobId"]) for page in pages for job in page["jobSummaryList"]]
    return {job["jobId"]: job for job in sorted(found, key=lambda job: int(job["createdAt"]))}


def counts(batch: Batch, job_id: str) -> dict[str, int]:
    """How many children of an array job are in each status."""
    return dict(batch.describe(job_id)["arrayProperties"]["statusSummary"])


def new_jobs(batch: Batch, known: dict[str, Any], count: int) -> list[str]:
    """The ids of jobs that weren't there, once there are so many and no more."""
    wait_until(lambda: len(jobs(batch)) >= len(known) + count, seconds=90, what=lambda: jobs(batch))
    found = [job_id for job_id in jobs(batch) if job_id not in known]
    assert len(found) == count
    return found


def deferred(airflow: Scheduler, dag_id: str, run_id: str, state: str, *, tries: int = 1) -> None:
    """Wait until the task waits in its n-th try: in the triggerer, if deferred, and not only on the way there."""
    airflow.wait(dag_id, run_id, lambda run: run.tasks.get("a") == state)
    if state == "deferred":
        started = re.compile(rf"/a/-1/{tries} \(ID \d+\) starting")
        wait_until(lambda: started.search(airflow.trigger_logs(dag_id, run_id)), seconds=60, what=airflow.tails)


def ended(airflow: Scheduler, dag_id: str) -> Run:
    run = airflow.ended(dag_id, airflow.trigger(dag_id))
    assert run.state == "success", airflow.task_logs()
    return run


BOTH = pytest.mark.parametrize(("suffix", "state"), [("waiting", "running"), ("deferred", "deferred")])


@BOTH
def test_clearing_a_map_ends_its_jobs_and_does_the_rest_in_others(
    airflow: Scheduler, batch: Batch, suffix: str, state: str
) -> None:
    dag_id, known = f"long_{suffix}", jobs(batch)
    run_id = airflow.trigger(dag_id)
    (old,) = new_jobs(batch, known, 1)
    deferred(airflow, dag_id, run_id, state)
    wait_until(lambda: counts(batch, old).get("SUCCEEDED") == 3, seconds=60, what=lambda: counts(batch, old))
    airflow.clear(dag_id, run_id, "a")
    (new,) = new_jobs(batch, known | {old: None}, 1)
    assert batch.wait(old)["status"] == "FAILED"
    assert batch.describe(new)["arrayProperties"]["size"] == 3
    assert batch.describe(old)["stoppedAt"] <= batch.describe(new)["createdAt"]
    deferred(airflow, dag_id, run_id, state, tries=2)
    airflow.mark(dag_id, run_id, "a", "failed")
    assert batch.wait(new, seconds=60)["statusReason"].startswith("The Airflow task was")


@BOTH
def test_marking_a_map_failed_ends_the_jobs_of_all_items(
    airflow: Scheduler, batch: Batch, suffix: str, state: str
) -> None:
    dag_id, known = f"jobs_{suffix}", jobs(batch)
    run_id = airflow.trigger(dag_id)
    found = new_jobs(batch, known, 6)
    deferred(airflow, dag_id, run_id, state)
    airflow.mark(dag_id, run_id, "a", "failed")
    assert {batch.wait(job_id, seconds=60)["status"] for job_id in found} == {"FAILED"}


@BOTH
def test_max_concurrency_is_kept_by_one_small_array_after_the_other(
    airflow: Scheduler, batch: Batch, suffix: str, state: str
) -> None:
    known = jobs(batch)
    run = ended(airflow, f"waves_{suffix}")
    assert run.xcoms["a", "succeeded"] == 6
    found = [batch.describe(job_id) for job_id in new_jobs(batch, known, 6)]
    at_once = [sum(other["createdAt"] < job["createdAt"] < other["stoppedAt"] for other in found) for job in found]
    assert max(at_once) <= 3


@BOTH
def test_a_failed_branch_ends_the_jobs_of_a_map_beside_it(
    airflow: Scheduler, batch: Batch, suffix: str, state: str
) -> None:
    dag_id, known = f"branches_{suffix}", jobs(batch)
    run = airflow.ended(dag_id, airflow.trigger(dag_id))
    assert (run.state, run.tasks["g.a"], run.tries["g.a"]) == ("failed", "failed", 1), airflow.task_logs()
    (array,) = new_jobs(batch, known, 1)
    assert batch.wait(array)["statusReason"].startswith("Stopped by airstep: task 'g.b' failed")


def test_a_retry_of_a_deferred_map_does_what_has_failed(airflow: Scheduler, batch: Batch) -> None:
    known = jobs(batch)
    run = ended(airflow, "again_deferred")
    assert (run.tries["a"], run.xcoms["a", "succeeded"]) == (2, 6)
    sizes = [batch.describe(job_id)["arrayProperties"]["size"] for job_id in new_jobs(batch, known, 2)]
    assert sizes == [6, 2]


def test_the_retry_of_a_killed_task_process_takes_up_its_array_job(airflow: Scheduler, batch: Batch) -> None:
    known = jobs(batch)
    run_id = airflow.trigger("lost_worker")
    (array,) = new_jobs(batch, known, 1)
    (process,) = airflow.task_processes()
    process.kill()
    run = airflow.ended("lost_worker", run_id)
    assert (run.state, run.tries["a"]) == ("success", 2), airflow.task_logs()
    assert new_jobs(batch, known, 1) == [array]


def test_a_deferred_map_that_takes_too_long_fails_and_its_jobs_are_ended(airflow: Scheduler, batch: Batch) -> None:
    known = jobs(batch)
    run = airflow.ended("timed_out_deferred", airflow.trigger("timed_out_deferred"))
    assert run.tasks == {"a": "failed"}
    (array,) = new_jobs(batch, known, 1)
    assert "did not end within the execution_timeout of 0:00:08" in batch.wait(array)["statusReason"]
