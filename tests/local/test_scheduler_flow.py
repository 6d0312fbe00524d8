"""Choices, results and job graphs under a real scheduler: LocalExecutor, triggerer, api-server, dag-processor."""

import re
import sys
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
import pathlib, time
from datetime import timedelta
from airflow.sdk import DAG, task, task_group
from airstep.operators import BatchJobGraph, BatchJobOperator, ChoiceOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
WRITE = '''
import boto3, os, sys
bucket, _, key = os.environ["AIRSTEP_RESULT_URI"].removeprefix("s3://").partition("/")
boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=sys.argv[1].encode())
'''

def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

def until(file):
    return f"until test -e {folder}/{{file}}-goes-on; do sleep 0.1; done"

def write(task_id, document, **more):
    command = ["{python}", "-c", WRITE, document]
    return BatchJobOperator(task_id=task_id, command=command, result="s3://{bucket}/results", **common, **more)

with DAG("chosen", schedule=None, params={{"frames": 5}}):
    probe = write("probe", '{{"frames": 5}}', deferrable=True)
    size = ChoiceOperator(
        task_id="by_result",
        choices=[("{{{{ ti.xcom_pull('probe', key='frames') > 100 }}}}", "many")],
        default="some",
    )
    probe >> size >> [sh("many", "true", deferrable=True), sh("some", "true", deferrable=True)]

    @task_group
    def item(n):
        parity = ChoiceOperator(
            task_id="parity", choices=[("{{{{ ti.map_index == 0 }}}}", "item.even")], default="item.odd"
        )
        parity >> [sh("even", "true", deferrable=True), sh("odd", "true")]

    @task
    def items():
        return [0, 1]

    item.expand(n=items())

with DAG("results", schedule=None):
    for deferrable in (False, True):
        suffix = "-deferred" if deferrable else ""
        made = write(f"made{{suffix}}", '{{"n": 3}}', deferrable=deferrable)
        BatchJobOperator(
            task_id=f"used{{suffix}}", command=["sh", "-c", "echo $N"], environment={{"N": made.output["n"]}}, **common
        )
        BatchJobOperator(
            task_id=f"silent{{suffix}}", command=["true"], result="s3://{bucket}/results", deferrable=deferrable,
            retries=3, **common
        )

with DAG("cleared", schedule=None):
    BatchJobOperator(
        task_id="a",
        command=["sh", "-c", "mkdir {folder}/cleared && {python} -c \\"$0\\" 1 || true", WRITE],
        result="s3://{bucket}/results", deferrable=True, **common,
    )

for deferrable in (False, True):
    suffix = "deferred" if deferrable else "waiting"
    more = {{"deferrable": deferrable}}
    again = {{"retries": 1, "retry_delay": timedelta(0)}}
    with DAG(f"graph_{{suffix}}", schedule=None):
        with BatchJobGraph("g") as g:
            a, b = sh("a", until(suffix), **more), sh("b", until(suffix), **more)
            c, d = sh("c", "true", **more), sh("d", "sleep 1", **more)
            [a, b] >> c
            b >> d
        g >> sh("after", "true")
        with BatchJobGraph("again"):
            script = f"mkdir {folder}/{{suffix}} && exit 4; exit 0"
            sh("a", script, **again, **more) >> sh("b", "true", **more) >> sh("c", "true", **more)

    with DAG(f"long_graph_{{suffix}}", schedule=None):
        with BatchJobGraph("g"):
            sh("a", "sleep 120", **more) >> sh("b", "sleep 120", **more)

def wait_for(path):
    while not pathlib.Path(path).exists():
        time.sleep(0.1)

for ending in ("lost", "marked"):
    macros = {{"wait_for": wait_for}}
    again = {{"retries": 1, "retry_delay": timedelta(0)}}
    with DAG(f"submit_{{ending}}", schedule=None, user_defined_macros=macros, default_args=again):
        blocked = f"{{{{{{{{ wait_for('{folder}/{{ending}}-goes-on') }}}}}}}}"
        with BatchJobGraph("g"):
            sh("a", "sleep 60") >> sh("b", "true", environment={{"X": blocked}})

with DAG("fail_fast_graph", schedule=None):
    with ParallelBranches("p") as p:
        sh("x", until("fail") + "; exit 1")
        with BatchJobGraph("g"):
            a, b = sh("a", "sleep 120", retries=2, deferrable=True), sh("b", "sleep 120", retries=2)
            [a, b] >> sh("c", "true") >> sh("d", "true")
    p >> sh("after", "true")

with DAG("fail_fast_submit", schedule=None, user_defined_macros=macros):
    with ParallelBranches("p") as p:
        sh("x", "exit 1")
        with BatchJobGraph("g"):
            sh("a", "sleep 120") >> sh("b", "true", environment={{"X": "{{{{ wait_for('{folder}/fast-goes-on') }}}}"}})

for deferrable in (False, True):
    suffix = "deferred" if deferrable else "waiting"
    with DAG(f"fail_fast_items_{{suffix}}", schedule=None):
        with ParallelBranches("p") as p:
            @task_group
            def item(n):
                fails = until(f"{{suffix}}-items") + "; exit 1"
                script = "case {{{{ ti.map_index }}}} in 0) " + fails + ";; 2) sleep 120;; esac"
                first = sh("first", script, deferrable=deferrable)
                first >> sh("second", "sleep 120", deferrable=deferrable) >> sh("third", "true")

            item.expand(n=[0, 1, 2])
        p >> sh("after", "true")

    with DAG(f"ahead_{{suffix}}", schedule=None):
        more = {{"deferrable": deferrable}}
        with ParallelBranches("p", submit_ahead=True) as p:
            sh("x", until(f"{{suffix}}-ahead") + "; exit 1", **more) >> sh("y", "true", **more)
            with ParallelBranches("inner"):
                sh("a", "sleep 120", retries=2, **more) >> sh("b", "sleep 120", **more)
        p >> sh("after", "true")

with DAG("ahead_one_by_one", schedule=None, max_active_tasks=1):
    with ParallelBranches("p", submit_ahead=True):
        sh("a", "sleep 120", priority_weight=9)
        sh("x", "exit 1")

with DAG("quick_graph", schedule=None):
    with BatchJobGraph("g"):
        sh("a", "true", deferrable=True) >> sh("b", "sleep 120", deferrable=True)
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws, vcpus=16)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def bucket(local_aws: LocalAws) -> Bucket:
    return new_bucket(local_aws)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def airflow(
    batch: Batch, bucket: Bucket, scratch: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scheduler]:
    folder: Path = tmp_path_factory.mktemp("scheduler")
    text = DAGS.format(name=batch.name, bucket=bucket.name, python=sys.executable, folder=scratch)
    home = airflow_home(folder / "airflow", dags={"dags.py": text}, environment=batch.aws.environment)
    with running_scheduler(home, folder / "logs") as scheduler:
        yield scheduler


@pytest.fixture(scope="module")
def begun(airflow: Scheduler) -> dict[str, str]:
    """Runs that have begun side by side, by DAG."""
    return {dag_id: airflow.trigger(dag_id) for dag_id in ("chosen", "results", "graph_waiting", "graph_deferred")}


def submitted(run: Run, batch: Batch, group: str) -> dict[str, dict[str, Any]]:
    """The jobs that a group's task `submit` has submitted, by task id without the group."""
    ids: dict[str, str] = run.xcoms[f"{group}.submit", "return_value"]
    return {task.removeprefix(f"{group}."): batch.describe(job_id) for task, job_id in ids.items()}


def jobs_had(run: Run, group: str, tasks: str) -> list[str]:
    return [run.xcoms[f"{group}.{task}", "job"]["job_id"] for task in tasks]


def test_a_choice_follows_a_result_and_skips_the_rest_in_each_item(airflow: Scheduler, begun: dict[str, str]) -> None:
    run = airflow.ended("chosen", begun["chosen"])
    assert (run.tasks["many"], run.tasks["some"]) == ("skipped", "success"), airflow.task_logs()
    assert [run.tasks[f"item.even[{index}]"] for index in range(2)] == ["success", "skipped"]
    assert [run.tasks[f"item.odd[{index}]"] for index in range(2)] == ["skipped", "success"]
    assert run.xcoms["by_result", "return_value"] == "some"


def test_results_are_handed_on_by_waiting_and_deferred_tasks(
    airflow: Scheduler, batch: Batch, begun: dict[str, str]
) -> None:
    run = airflow.ended("results", begun["results"])
    assert [run.xcoms[task, "return_value"] for task in ("made", "made-deferred")] == [{"n": 3}, {"n": 3}]
    used = [batch.describe(run.xcoms[task, "return_value"]) for task in ("used", "used-deferred")]
    assert [batch.log(job) for job in used] == [["3"], ["3"]]
    assert [(run.tasks[task], run.tries[task]) for task in ("silent", "silent-deferred")] == [("failed", 1)] * 2


def test_the_result_of_an_earlier_job_is_not_taken_for_that_of_a_cleared_task(airflow: Scheduler) -> None:
    run_id = airflow.trigger("cleared")
    first = airflow.ended("cleared", run_id)
    airflow.clear("cleared", run_id, "a")
    airflow.wait("cleared", run_id, lambda run: run.tries["a"] == 2 and run.tasks["a"] == "failed")
    assert (first.tasks["a"], first.xcoms["a", "return_value"]) == ("success", 1)
    assert "wrote no result: the document at s3://" in airflow.task_logs()


@pytest.mark.parametrize("dag_id", ["graph_waiting", "graph_deferred"])
def test_a_job_graph_is_submitted_at_once_and_each_task_waits_for_its_job(
    airflow: Scheduler, batch: Batch, begun: dict[str, str], scratch: Path, dag_id: str
) -> None:
    airflow.wait(dag_id, begun[dag_id], lambda run: run.tasks.get("g.submit") == "success")
    (scratch / f"{dag_id.removeprefix('graph_')}-goes-on").touch()
    run = airflow.ended(dag_id, begun[dag_id])
    assert (run.state, set(run.tasks.values())) == ("success", {"success"}), airflow.task_logs()
    jobs = submitted(run, batch, "g")
    ids = {task: job["jobId"] for task, job in jobs.items()}
    assert {task: {each["jobId"] for each in job.get("dependsOn", ())} for task, job in jobs.items()} == {
        "a": set(),
        "b": set(),
        "c": {ids["a"], ids["b"]},
        "d": {ids["b"]},
    }
    assert max(job["createdAt"] for job in jobs.values()) < min(job["stoppedAt"] for job in jobs.values())
    assert jobs_had(run, "g", "abcd") == [ids[task] for task in "abcd"]


@pytest.mark.parametrize("dag_id", ["graph_waiting", "graph_deferred"])
def test_a_retried_task_of_a_job_graph_and_those_behind_it_submit_anew(
    airflow: Scheduler, batch: Batch, begun: dict[str, str], dag_id: str
) -> None:
    run = airflow.ended(dag_id, begun[dag_id])
    first = submitted(run, batch, "again")
    last = [batch.describe(job_id) for job_id in jobs_had(run, "again", "abc")]
    assert [first[task]["status"] for task in "abc"] == ["FAILED"] * 3
    assert [job["status"] for job in last] == ["SUCCEEDED"] * 3
    assert [run.tries[f"again.{task}"] for task in "abc"] == [2, 1, 1]


@pytest.mark.parametrize(("dag_id", "state"), [("long_graph_waiting", "running"), ("long_graph_deferred", "deferred")])
def test_marking_a_task_failed_ends_its_job_and_those_behind_it(
    airflow: Scheduler, batch: Batch, dag_id: str, state: str
) -> None:
    run_id = airflow.trigger(dag_id)
    run = taken_up(airflow, dag_id, run_id, "g.a", state)
    jobs = submitted(run, batch, "g")
    airflow.mark(dag_id, run_id, "g.a", "failed")
    ended = {task: batch.wait(jobs[task]["jobId"], seconds=60) for task in "ab"}
    assert [ended[task]["status"] for task in "ab"] == ["FAILED", "FAILED"]
    assert "startedAt" not in ended["b"]
    assert airflow.ended(dag_id, run_id).tasks["g.b"] == "upstream_failed"


def taken_up(airflow: Scheduler, dag_id: str, run_id: str, task: str, state: str) -> Run:
    """The run, once a task has taken up its job: in the triggerer, if deferred, and not only on the way there."""
    run = airflow.wait(dag_id, run_id, lambda run: run.tasks.get(task) == state and (task, "job") in run.xcoms)
    if state == "deferred":
        wait_until(lambda: "starting" in airflow.trigger_logs(dag_id, run_id), seconds=30, what=airflow.tails)
    return run


def test_a_cleared_task_of_a_job_graph_gets_a_job_of_its_own(airflow: Scheduler, batch: Batch) -> None:
    run_id = airflow.trigger("quick_graph")
    run = airflow.wait("quick_graph", run_id, lambda run: run.tasks.get("g.b") == "deferred")
    old = submitted(run, batch, "g")["b"]["jobId"]
    wait_until(
        lambda: airflow.trigger_logs("quick_graph", run_id).count("starting") > 1, seconds=30, what=airflow.tails
    )
    airflow.clear("quick_graph", run_id, "g.b")
    again = airflow.wait(
        "quick_graph", run_id, lambda run: run.xcoms.get(("g.b", "job"), {"job_id": old})["job_id"] != old
    )
    assert batch.wait(old)["status"] == "FAILED"
    new = batch.describe(again.xcoms["g.b", "job"]["job_id"])
    assert (new["status"] != "FAILED", new.get("dependsOn", [])) == (True, [])
    airflow.mark("quick_graph", run_id, "g.b", "failed")


def test_clearing_submit_and_all_behind_it_submits_the_graph_anew(airflow: Scheduler, batch: Batch) -> None:
    run_id = airflow.trigger("long_graph_waiting")
    run = taken_up(airflow, "long_graph_waiting", run_id, "g.a", "running")
    old = submitted(run, batch, "g")
    body = {
        "dry_run": False,
        "dag_run_id": run_id,
        "task_ids": ["g.submit"],
        "include_downstream": True,
        "only_failed": False,
    }
    airflow.request("POST", "/api/v2/dags/long_graph_waiting/clearTaskInstances", body)
    again = airflow.wait(
        "long_graph_waiting",
        run_id,
        lambda run: run.xcoms.get(("g.a", "job"), {}).get("job_id", old["a"]["jobId"]) != old["a"]["jobId"],
    )
    new = submitted(again, batch, "g")
    assert again.xcoms["g.a", "job"]["job_id"] == new["a"]["jobId"]
    assert [batch.wait(old[task]["jobId"])["status"] for task in "ab"] == ["FAILED", "FAILED"]
    assert [each["jobId"] for each in new["b"]["dependsOn"]] == [new["a"]["jobId"]]
    airflow.mark("long_graph_waiting", run_id, "g.a", "failed")


@pytest.mark.parametrize(("dag_id", "state"), [("long_graph_waiting", "running"), ("long_graph_deferred", "deferred")])
def test_when_submit_alone_is_cleared_a_task_that_waits_takes_up_its_new_job(
    airflow: Scheduler, batch: Batch, dag_id: str, state: str
) -> None:
    run_id = airflow.trigger(dag_id)
    old = submitted(taken_up(airflow, dag_id, run_id, "g.a", state), batch, "g")
    airflow.clear(dag_id, run_id, "g.submit")
    run = airflow.wait(
        dag_id,
        run_id,
        lambda run: run.xcoms.get(("g.a", "job"), {"job_id": old["a"]["jobId"]})["job_id"] != old["a"]["jobId"],
    )
    new = submitted(run, batch, "g")
    assert (run.xcoms["g.a", "job"]["job_id"], run.tries["g.a"]) == (new["a"]["jobId"], 1)
    assert batch.describe(old["a"]["jobId"])["statusReason"] == "The Airflow task was cleared"
    airflow.mark(dag_id, run_id, "g.a", "failed")


def first_job(airflow: Scheduler, dag_id: str, run_id: str, task: str = "g.a") -> str:
    """The id of the job that `submit` has submitted, which now waits before the next one."""
    pattern = re.compile(rf"Batch job \S+ \((\S+)\) of task {re.escape(task)}")
    return str(wait_until(lambda: pattern.search(run_logs(airflow, dag_id, run_id)), seconds=90, what=airflow.tails)[1])


def run_logs(airflow: Scheduler, dag_id: str, run_id: str) -> str:
    folder = Path(airflow.home["AIRFLOW_HOME"]) / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    return "".join(file.read_text(errors="replace") for file in sorted(folder.rglob("*.log")))


def test_the_retry_of_a_lost_submit_takes_up_what_it_had_submitted(
    airflow: Scheduler, batch: Batch, scratch: Path
) -> None:
    earlier = airflow.task_processes()  # of runs that end while this one begins
    run_id = airflow.trigger("submit_lost")
    job_id = first_job(airflow, "submit_lost", run_id)
    (process,) = set(airflow.task_processes()) - set(earlier)
    process.kill()
    (scratch / "lost-goes-on").touch()
    run = airflow.wait("submit_lost", run_id, lambda run: ("g.a", "job") in run.xcoms)
    jobs = submitted(run, batch, "g")
    assert (jobs["a"]["jobId"], run.xcoms["g.a", "job"]["job_id"], run.tries["g.submit"]) == (job_id, job_id, 2)
    assert [each["jobId"] for each in jobs["b"]["dependsOn"]] == [job_id]
    name = [{"name": "JOB_NAME", "values": ["a-*"]}]
    newer = batch.client.list_jobs(jobQueue=batch.queue, filters=name)["jobSummaryList"]
    assert [job["jobId"] for job in newer if job["createdAt"] >= jobs["a"]["createdAt"]] == [job_id]
    airflow.mark("submit_lost", run_id, "g.a", "failed")


def test_a_submit_that_is_marked_failed_ends_what_it_had_submitted(airflow: Scheduler, batch: Batch) -> None:
    run_id = airflow.trigger("submit_marked")
    job_id = first_job(airflow, "submit_marked", run_id)
    airflow.mark("submit_marked", run_id, "g.submit", "failed")
    assert batch.wait(job_id, seconds=60)["statusReason"] == "The Airflow task was stopped"
    assert airflow.ended("submit_marked", run_id).tasks["g.a"] == "upstream_failed"


def test_another_branchs_failure_ends_all_jobs_of_a_job_graph(airflow: Scheduler, batch: Batch, scratch: Path) -> None:
    run_id = airflow.trigger("fail_fast_graph")
    taken_up(airflow, "fail_fast_graph", run_id, "p.g.b", "running")
    taken_up(airflow, "fail_fast_graph", run_id, "p.g.a", "deferred")
    (scratch / "fail-goes-on").touch()
    run = airflow.ended("fail_fast_graph", run_id)
    jobs = {task: batch.wait(job["jobId"]) for task, job in submitted(run, batch, "p.g").items()}
    reason = "Stopped by airstep: task 'p.x' failed, and parallel branches 'p' fail fast"
    assert [jobs[task]["statusReason"] for task in "ab"] == [reason, reason], airflow.task_logs()
    assert [jobs[task]["status"] for task in "cd"] == ["FAILED", "FAILED"]
    assert [run.tasks[f"p.g.{task}"] for task in "abcd"] == ["failed", "failed", "skipped", "skipped"]
    assert (run.tries["p.g.a"], run.tries["p.g.b"], run.tasks["after"]) == (1, 1, "upstream_failed")


def test_a_failure_while_a_job_graph_is_submitted_ends_what_was_submitted(
    airflow: Scheduler, batch: Batch, scratch: Path
) -> None:
    run_id = airflow.trigger("fail_fast_submit")
    job_id = first_job(airflow, "fail_fast_submit", run_id, "p.g.a")
    airflow.wait("fail_fast_submit", run_id, lambda run: run.tasks["p.x"] == "failed")
    (scratch / "fast-goes-on").touch()
    run = airflow.ended("fail_fast_submit", run_id)
    assert batch.wait(job_id)["statusReason"].startswith("Stopped by airstep: task 'p.x' failed")
    assert [run.tasks[f"p.g.{task}"] for task in ("submit", "a", "b")] == ["failed", "skipped", "skipped"]


@pytest.mark.parametrize("engaged", ["waiting", "deferred"])
def test_an_items_failure_blocks_its_own_tasks_and_stops_the_other_items(
    airflow: Scheduler, batch: Batch, scratch: Path, engaged: str
) -> None:
    dag_id = f"fail_fast_items_{engaged}"
    run_id = airflow.trigger(dag_id)
    began = {("p.item.second[1]", "job"), ("p.item.first[2]", "job")}
    airflow.wait(dag_id, run_id, lambda run: began <= run.xcoms.keys())
    (scratch / f"{engaged}-items-goes-on").touch()
    run = airflow.ended(dag_id, run_id)
    reasons = {batch.wait(run.xcoms[key]["job_id"])["statusReason"] for key in began}
    assert reasons == {"Stopped by airstep: task 'p.item.first_0' failed, and parallel branches 'p' fail fast"}
    assert {
        name: [run.tasks[f"p.item.{name}[{item}]"] for item in range(3)] for name in ("first", "second", "third")
    } == {
        "first": ["failed", "success", "failed"],
        "second": ["upstream_failed", "failed", "skipped"],
        "third": ["upstream_failed", "skipped", "skipped"],
    }
    assert run.tasks["after"] == "upstream_failed"


@pytest.mark.parametrize(("engaged", "state"), [("waiting", "running"), ("deferred", "deferred")])
def test_a_failure_in_a_group_that_was_submitted_ahead_ends_all_its_jobs(
    airflow: Scheduler, batch: Batch, scratch: Path, engaged: str, state: str
) -> None:
    dag_id = f"ahead_{engaged}"
    run_id = airflow.trigger(dag_id)
    taken_up(airflow, dag_id, run_id, "p.inner.a", state)
    (scratch / f"{engaged}-ahead-goes-on").touch()
    run = airflow.ended(dag_id, run_id)
    jobs = {task: batch.wait(job["jobId"]) for task, job in submitted(run, batch, "p").items()}
    assert [job["status"] for job in jobs.values()] == ["FAILED"] * 4, airflow.task_logs()
    reason = "Stopped by airstep: task 'p.x' failed, and parallel branches 'p' fail fast"
    assert (jobs["x"]["container"]["exitCode"], jobs["inner.a"]["statusReason"]) == (1, reason)
    assert "startedAt" not in jobs["inner.b"]
    assert {task: run.tasks[task] for task in ("p.x", "p.y", "p.inner.a", "p.inner.b", "after")} == {
        "p.x": "failed",
        "p.y": "upstream_failed",
        "p.inner.a": "failed",
        "p.inner.b": "skipped",
        "after": "upstream_failed",
    }
    assert run.tries["p.inner.a"] == 1


def test_a_waiting_task_makes_way_for_one_that_has_no_slot_and_whose_job_has_failed(
    airflow: Scheduler, batch: Batch
) -> None:
    run = airflow.ended("ahead_one_by_one", airflow.trigger("ahead_one_by_one"))
    jobs = submitted(run, batch, "p")
    assert batch.wait(jobs["a"]["jobId"])["statusReason"].startswith("Stopped by airstep: task 'p.x' failed")
    assert (run.tasks["p.a"], run.tasks["p.x"], run.tries["p.a"]) == ("failed", "failed", 1)
    assert jobs["a"]["startedAt"] <= jobs["x"]["stoppedAt"]
