"""BatchJobGraph under the real `airflow dags test`, on the local AWS: one run."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket, new_bucket

pytestmark = pytest.mark.slow

DAG = """
import pathlib
from datetime import timedelta
from airflow.sdk import DAG, TaskGroup, task_group
from airflow.providers.standard.operators.empty import EmptyOperator
from airstep.operators import BatchJobGraph, BatchJobOperator

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

WRITE = '''
import boto3, os
bucket, _, key = os.environ["AIRSTEP_RESULT_URI"].removeprefix("s3://").partition("/")
boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"7")
'''
again = {{"retries": 1, "retry_delay": timedelta(0)}}

with DAG("d", schedule=None, params={{"word": "hello"}}):
    number = BatchJobOperator(
        task_id="number", command=["{python}", "-c", WRITE], result="s3://{bucket}/results", **common
    )
    # a and b before c; b before d as well: no nesting of groups has this shape.
    with BatchJobGraph("shape") as shape:
        # Both run until the task of one of them has its turn, which is after all have been submitted.
        until = "until test -e {folder}/turn; do sleep 0.1; done"
        turn = {{"pre_execute": lambda context: pathlib.Path("{folder}/turn").touch()}}
        values = {{"WORD": "{{{{ params.word }}}}", "NUMBER": "{{{{ ti.xcom_pull('number') }}}}"}}
        a = sh("a", f"{{until}}; echo $WORD $NUMBER", environment=values, **turn)
        b = sh("b", f"{{until}}; sleep 0.5", deferrable=True, **turn)
        with TaskGroup("inner"):
            c = BatchJobOperator(
                task_id="c", command=["{python}", "-c", WRITE], result="s3://{bucket}/results", **common
            )
            names = "{{{{ task.task_id }}}} {{{{ ti.task_id }}}} {{{{ task_instance_key_str }}}}"
            d = sh("d", f"echo {{names}}", deferrable=True)
        [a, b] >> c
        b >> d
    number >> shape >> sh("after", "true")

    with BatchJobGraph("broken"):
        sh("a", "exit 3") >> sh("b", "true") >> sh("c", "true")

    with BatchJobGraph("retried"):
        first = sh("a", "mkdir {folder}/retried && exit 4; exit 0", **again)
        second = sh("b", "echo b")
        first >> second >> sh("c", "echo c", deferrable=True)

    with BatchJobGraph("retried-deferred"):
        first = sh("a", "mkdir {folder}/retried-deferred && exit 4; exit 0", deferrable=True, **again)
        first >> sh("b", "echo b", deferrable=True)

    with BatchJobGraph("no-result"):
        wrong = BatchJobOperator(task_id="a", command=["true"], result="s3://{bucket}/results", **common)
        wrong >> sh("b", "sleep 120")

    with BatchJobGraph("rejected"):
        sh("a", "sleep 120") >> BatchJobOperator(
            task_id="b", job_queue=common["job_queue"], job_definition="nobody-defined-this"
        )

    @task_group
    def items(n):
        with BatchJobGraph("each"):
            sh("a", "sleep 0.3; echo $N", environment={{"N": n}}) >> sh("b", "echo $N", environment={{"N": n}})

    items.expand(n=[5, 6])

    with BatchJobGraph("late") as late:
        sh("a", "true") >> sh("b", "true")
    EmptyOperator(task_id="outsider") >> late.jobs()["late.b"]
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def bucket(local_aws: LocalAws) -> Bucket:
    return new_bucket(local_aws)


@pytest.fixture(scope="module")
def done(batch: Batch, bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> DagsTest:
    folder: Path = tmp_path_factory.mktemp("airflow")
    scratch = tmp_path_factory.mktemp("scratch")
    dag = DAG.format(name=batch.name, bucket=bucket.name, python=sys.executable, folder=scratch)
    home = airflow_home(folder, dags={"d.py": dag}, environment=batch.aws.environment)
    return airflow_dags_test(home, "d")


def submitted(done: DagsTest, batch: Batch, group: str, item: str = "") -> dict[str, dict[str, Any]]:
    """The jobs that a group's task `submit` has submitted, by task id without the group."""
    ids: dict[str, str] = done.run.xcoms[f"{group}.submit{item}", "return_value"]
    return {task.removeprefix(f"{group}."): batch.describe(job_id) for task, job_id in ids.items()}


def own(done: DagsTest, batch: Batch, task: str) -> dict[str, Any]:
    """The job that a task had last."""
    return batch.describe(done.run.xcoms[task, "job"]["job_id"])


def states(done: DagsTest, group: str, *tasks: str) -> list[str | None]:
    return [done.run.tasks[f"{group}.{task}"] for task in tasks]


def dependencies(job: dict[str, Any]) -> set[str]:
    return {each["jobId"] for each in job.get("dependsOn", ())}


def test_every_task_succeeds_with_the_job_that_was_submitted_for_it(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "shape")
    assert states(done, "shape", "submit", "a", "b", "inner.c", "inner.d") == ["success"] * 5, done.output
    assert done.run.tasks["after"] == "success"
    assert {task: own(done, batch, f"shape.{task}")["jobId"] for task in jobs} == {
        task: job["jobId"] for task, job in jobs.items()
    }


def test_the_edges_are_dependencies_of_batch(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "shape")
    ids = {task: job["jobId"] for task, job in jobs.items()}
    assert {task: dependencies(job) for task, job in jobs.items()} == {
        "a": set(),
        "b": set(),
        "inner.c": {ids["a"], ids["b"]},
        "inner.d": {ids["b"]},
    }


def test_all_jobs_are_submitted_before_the_first_has_ended(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "shape").values()
    assert max(job["createdAt"] for job in jobs) < min(job["stoppedAt"] for job in jobs)
    assert min(job["createdAt"] for job in jobs) >= own(done, batch, "number")["stoppedAt"]


def test_jobs_run_side_by_side_although_airflow_runs_their_tasks_one_by_one(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "shape")
    assert jobs["a"]["startedAt"] < jobs["b"]["stoppedAt"]
    assert jobs["b"]["startedAt"] < jobs["a"]["stoppedAt"]


def test_each_jobs_fields_are_rendered_as_its_own_task_would(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "shape")
    assert batch.log(jobs["a"]) == ["hello 7"]
    (line,) = batch.log(jobs["inner.d"])
    assert re.fullmatch(r"shape\.inner\.d shape\.inner\.d d__shape\.inner\.d__\S+", line)


def test_a_task_of_the_group_can_have_a_result(done: DagsTest) -> None:
    assert done.run.xcoms["shape.inner.c", "return_value"] == 7


def test_a_failed_job_fails_those_behind_it_in_batch_and_in_airflow(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "broken")
    assert states(done, "broken", "submit", "a", "b", "c") == [
        "success",
        "failed",
        "upstream_failed",
        "upstream_failed",
    ]
    assert [jobs[task]["status"] for task in "abc"] == ["FAILED"] * 3
    assert "startedAt" not in jobs["b"]
    assert done.run.tries["broken.a"] == 1


@pytest.mark.parametrize(("group", "tasks"), [("retried", "abc"), ("retried-deferred", "ab")])
def test_a_retried_task_and_those_behind_it_submit_jobs_of_their_own(
    done: DagsTest, batch: Batch, group: str, tasks: str
) -> None:
    first, last = submitted(done, batch, group), {task: own(done, batch, f"{group}.{task}") for task in tasks}
    assert states(done, group, *tasks) == ["success"] * len(tasks), done.output
    assert [first[task]["status"] for task in tasks] == ["FAILED"] * len(tasks)
    assert [last[task]["status"] for task in tasks] == ["SUCCEEDED"] * len(tasks)
    assert [dependencies(job) for job in last.values()] == [set()] * len(tasks)
    assert (done.run.tries[f"{group}.a"], done.run.tries[f"{group}.b"]) == (2, 1)


def test_a_task_that_fails_although_its_job_succeeded_ends_the_jobs_behind_it(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "no-result")
    assert states(done, "no-result", "a", "b") == ["failed", "upstream_failed"]
    assert jobs["a"]["status"] == "SUCCEEDED"
    job = batch.wait(jobs["b"]["jobId"])
    assert job["statusReason"] == (
        "Not needed, says airstep: task 'no-result.a', which comes before it, did not succeed"
    )


def test_a_rejected_job_fails_the_group_and_ends_what_was_submitted(done: DagsTest, batch: Batch) -> None:
    assert states(done, "rejected", "submit", "a", "b") == ["failed", "upstream_failed", "upstream_failed"]
    (job_id,) = re.findall(r"Batch job \S+ \((\S+)\) of task rejected\.a", done.output)
    assert batch.wait(job_id)["statusReason"].startswith("The Airflow task ended: AWS Batch rejected job 'b-")


@pytest.mark.parametrize(("index", "n"), [(0, "5"), (1, "6")])
def test_each_item_of_a_mapped_task_group_has_a_graph_of_its_own(
    done: DagsTest, batch: Batch, index: int, n: str
) -> None:
    jobs = submitted(done, batch, "items.each", f"[{index}]")
    assert [batch.log(jobs[task]) for task in "ab"] == [[n], [n]]
    assert dependencies(jobs["b"]) == {jobs["a"]["jobId"]}
    assert own(done, batch, f"items.each.b[{index}]")["jobId"] == jobs["b"]["jobId"]


def test_an_edge_into_the_group_that_came_later_is_refused_when_it_runs(done: DagsTest) -> None:
    assert states(done, "late", "submit", "a", "b") == ["failed", "upstream_failed", "upstream_failed"]
    assert "BatchJobGraph 'late': task 'late.b' depends on 'outsider', but its job is submitted before" in done.output
