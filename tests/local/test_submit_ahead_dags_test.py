"""ParallelBranches with submit_ahead under the real `airflow dags test`, on the local AWS: one run."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home
from tests.local.batch_resources import Batch, new_batch, stop_all
from tests.local.local_aws_server import LocalAws

pytestmark = pytest.mark.slow

DAG = """
from datetime import timedelta
from airflow.sdk import DAG, TaskGroup, task_group
from airstep.operators import BatchJobGraph, BatchJobOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

def meet(name, others):
    # None ends before all have started, and Airflow waits for one after the other.
    wait = "".join(f"until test -e {folder}/{{other}}; do sleep 0.1; done; " for other in others)
    return sh(name, f"touch {folder}/{{name}}; {{wait}}")

ahead = {{"submit_ahead": True}}
with DAG("d", schedule=None):
    first, names = sh("first", "true"), ["single", "a", "b", "c", "e"]
    with ParallelBranches("nested", **ahead) as nested:
        meet("single", names)
        with ParallelBranches("inner", **ahead):
            meet("a", names) >> sh("a2", "true")
            meet("b", names) >> sh("b2", "true", deferrable=True)
        with TaskGroup("plain"):
            c = meet("c", names)
        with BatchJobGraph("graph"):
            meet("e", names) >> sh("e2", "true")
    first >> nested >> sh("after", "true")

    with ParallelBranches("late", **ahead) as late:
        sh("a", "sleep 120") >> sh("a2", "true")
        sh("b", "sleep 1") >> sh("b2", "sleep 4; exit 3") >> sh("b3", "true")
    late >> sh("after_late", "true")

    with ParallelBranches("free", fail_fast=False, **ahead) as free:
        sh("a", "exit 3") >> sh("a2", "true")
        sh("b", "sleep 1") >> sh("b2", "true")
    free >> sh("after_free", "true")

    with ParallelBranches("partly", fail_fast=False, **ahead):
        sh("a", "true")
        with ParallelBranches("inner"):
            sh("b", "exit 3")
            sh("c", "sleep 120") >> sh("d", "true")

    with ParallelBranches("missing", **ahead) as missing:
        sh("a", "sleep 120") >> sh("a2", "sleep 120")
        BatchJobOperator(task_id="b", job_queue=common["job_queue"], job_definition="nobody-defined-this")
        sh("c", "sleep 120")
    missing >> sh("after_missing", "true")

    with ParallelBranches("retried", **ahead):
        again = {{"retries": 1, "retry_delay": timedelta(0)}}
        sh("a", "mkdir {folder}/retried && exit 4; exit 0", **again) >> sh("a2", "true")
        sh("b", "sleep 12")

    with ParallelBranches("outer"):
        with ParallelBranches("ahead", **ahead):
            sh("a", "true") >> sh("a2", "true")
        sh("b", "true")

    @task_group
    def items(n):
        with ParallelBranches("each", **ahead):
            sh("a", "sleep 1; echo $N", environment={{"N": n}}) >> sh("b", "echo $N", environment={{"N": n}})
            sh("c", "sleep 1")

    items.expand(n=[5, 6])
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws, vcpus=32)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def done(batch: Batch, tmp_path_factory: pytest.TempPathFactory) -> DagsTest:
    folder: Path = tmp_path_factory.mktemp("airflow")
    dag = DAG.format(name=batch.name, folder=tmp_path_factory.mktemp("scratch"))
    home = airflow_home(folder, dags={"d.py": dag}, environment=batch.aws.environment)
    return airflow_dags_test(home, "d")


def submitted(done: DagsTest, batch: Batch, group: str, item: str = "") -> dict[str, dict[str, Any]]:
    """The jobs that a group's task `submit` has submitted, ended, by task id without the group."""
    ids: dict[str, str] = done.run.xcoms[f"{group}.submit{item}", "return_value"]
    return {task.removeprefix(f"{group}."): batch.wait(job_id) for task, job_id in ids.items()}


def states(done: DagsTest, group: str, *tasks: str) -> dict[str, str | None]:
    return {task: done.run.tasks[f"{group}.{task}"] for task in tasks}


def dependencies(jobs: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """The tasks whose jobs each job waits for, of those that wait."""
    names = {job["jobId"]: task for task, job in jobs.items()}
    return {task: {names[each["jobId"]] for each in job["dependsOn"]} for task, job in jobs.items() if job["dependsOn"]}


def test_the_jobs_of_all_branches_run_at_the_same_time(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "nested")
    together = [jobs[task] for task in ("single", "inner.a", "inner.b", "plain.c", "graph.e")]
    assert [job["status"] for job in jobs.values()] == ["SUCCEEDED"] * 8, done.output
    assert max(job["startedAt"] for job in together) <= min(job["stoppedAt"] for job in together)


def test_the_outermost_group_submits_the_jobs_of_those_inside_with_their_edges(done: DagsTest, batch: Batch) -> None:
    assert dependencies(submitted(done, batch, "nested")) == {
        "inner.a2": {"inner.a"},
        "inner.b2": {"inner.b"},
        "graph.e2": {"graph.e"},
    }
    assert [task for task in done.run.tasks if task.startswith("nested.") and task.endswith("submit")] == [
        "nested.submit"
    ]
    assert done.run.tasks["after"] == "success"


def test_an_inner_group_alone_submits_its_own_jobs_only(done: DagsTest, batch: Batch) -> None:
    assert list(submitted(done, batch, "outer.ahead")) == ["a", "a2"]
    assert states(done, "outer", "ahead.a", "ahead.a2", "b") == dict.fromkeys(["ahead.a", "ahead.a2", "b"], "success")
    assert "outer.submit" not in done.run.tasks


def test_a_job_that_fails_before_its_tasks_turn_stops_the_others(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "late")
    reason = "Stopped by airstep: task 'late.b2' failed, and parallel branches 'late' fail fast"
    assert {task: job["status"] for task, job in jobs.items()} == {
        "a": "FAILED",
        "a2": "FAILED",
        "b": "SUCCEEDED",
        "b2": "FAILED",
        "b3": "FAILED",
    }
    assert jobs["a"]["statusReason"] == reason, done.output
    assert jobs["a"]["stoppedAt"] - jobs["b2"]["stoppedAt"] < 60_000  # and not the 120 s that it would have run
    assert jobs["b2"]["container"]["exitCode"] == 3
    assert "The job of task 'late.b2' has failed: this task makes way for it" in done.output


def test_the_task_whose_job_failed_tells_it_and_the_others_are_stopped_without_a_retry(done: DagsTest) -> None:
    assert states(done, "late", "a", "a2", "b", "b2", "b3") == {
        "a": "failed",
        "a2": "skipped",
        "b": "success",
        "b2": "failed",
        "b3": "upstream_failed",
    }
    assert (done.run.tries["late.a"], done.run.tasks["after_late"]) == (1, "upstream_failed")


def test_without_fail_fast_the_other_branches_go_on(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "free")
    assert states(done, "free", "a", "a2", "b", "b2") == {
        "a": "failed",
        "a2": "upstream_failed",
        "b": "success",
        "b2": "success",
    }
    assert "startedAt" not in jobs["a2"]
    assert done.run.tasks["after_free"] == "upstream_failed"


def test_a_fail_fast_group_inside_stops_its_own_jobs_only(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "partly")
    assert states(done, "partly", "a", "inner.b", "inner.d") == {
        "a": "success",
        "inner.b": "failed",
        "inner.d": "skipped",
    }
    assert jobs["inner.c"]["statusReason"].startswith("Stopped by airstep: task 'partly.inner.b' failed")
    assert [jobs[task]["status"] for task in ("a", "inner.c", "inner.d")] == ["SUCCEEDED", "FAILED", "FAILED"]


def test_a_job_definition_that_does_not_exist_leaves_nothing_of_the_group_running(done: DagsTest, batch: Batch) -> None:
    tasks = ("submit", "a", "a2", "b", "c")
    assert states(done, "missing", *tasks) == {"submit": "failed"} | dict.fromkeys(tasks[1:], "upstream_failed")
    assert done.run.tasks["after_missing"] == "upstream_failed"
    ids = re.findall(r"Batch job \S+ \((\S+)\) of task missing\.", done.output)
    assert ids, "the job of another branch was submitted before that one"
    assert {batch.wait(job_id)["status"] for job_id in ids} == {"FAILED"}


def test_a_retried_task_and_those_behind_it_submit_anew_and_no_branch_is_stopped(done: DagsTest, batch: Batch) -> None:
    jobs = submitted(done, batch, "retried")
    assert states(done, "retried", "a", "a2", "b") == dict.fromkeys(["a", "a2", "b"], "success"), done.output
    assert {task: job["status"] for task, job in jobs.items()} == {"a": "FAILED", "a2": "FAILED", "b": "SUCCEEDED"}
    assert done.run.xcoms["retried.b", "job"]["job_id"] == jobs["b"]["jobId"]
    assert (done.run.tries["retried.a"], done.run.tries["retried.b"]) == (2, 1)


@pytest.mark.parametrize(("index", "n"), [(0, "5"), (1, "6")])
def test_each_item_of_a_mapped_task_group_submits_its_own_jobs(
    done: DagsTest, batch: Batch, index: int, n: str
) -> None:
    jobs = submitted(done, batch, "items.each", f"[{index}]")
    assert [batch.log(jobs[task]) for task in "ab"] == [[n], [n]]
    assert jobs["c"]["startedAt"] < jobs["a"]["stoppedAt"]
