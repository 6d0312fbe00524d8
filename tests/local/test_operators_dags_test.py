"""BatchJobOperator and ParallelBranches under the real `airflow dags test`, on the local AWS: one run."""

import json
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
from airflow.sdk import DAG, TaskGroup
from airflow.providers.standard.operators.empty import EmptyOperator
from airstep.operators import BatchJobOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

with DAG("d", schedule=None, params={{"word": "hello"}}) as dag:
    chain = [sh(f"t{{n}}", "true") for n in range(10)]
    deferred = [sh(f"d{{n}}", "true", deferrable=True) for n in range(3)]
    for a, b in [*zip(chain, chain[1:]), *zip(deferred, deferred[1:])]:
        a >> b

    words = {{"WORD": "{{{{ params.word }}}}", "N": 3}}
    sh("rendered", "echo $WORD $N", environment=words, vcpus="{{{{ 1 + 1 }}}}", memory=256)
    sh("broken", "echo 'clip.mp4: Invalid data found' >&2; exit 3")
    sh("broken-deferred", "echo 'late.mp4: Invalid data found' >&2; exit 4", deferrable=True)
    BatchJobOperator(
        task_id="rejected", job_queue=common["job_queue"], job_definition="nobody-defined-this", retries=3,
        retry_delay=timedelta(0),
    )
    sh("retried", "exit 1", retries=1, retry_delay=timedelta(0))
    unwatched = sh("unwatched", "sleep 2", wait_for_completion=False, deferrable=True)
    sh("dependent", "true", depends_on=[unwatched.output])
    sh("printed", "for n in 1 2 3; do echo now $n; done", awslogs_enabled=True)
    sh("printed-late", "for n in 1 2 3; do echo late $n; done", awslogs_enabled=True, deferrable=True)
    BatchJobOperator.partial(
        task_id="mapped", command=["sh", "-c", "echo $X"], map_index_template="{{{{ task.environment.X }}}}", **common
    ).expand(environment=[{{"X": "one"}}, {{"X": "two"}}, {{"X": "three"}}])
    BatchJobOperator.partial(task_id="mapped-kwargs", **common).expand_kwargs(
        [{{"command": ["echo", "a"], "vcpus": 1}}, {{"command": ["echo", "b"], "vcpus": 2}}]
    )
    sh("timed-out", "sleep 60", execution_timeout=timedelta(seconds=2))
    slow_to_end = "test {{{{ ti.try_number }}}} = 2 && exit; trap 'sleep 3; exit 1' TERM; sleep 60 & wait"
    sh("ending", slow_to_end, retries=1, retry_delay=timedelta(0), execution_timeout=timedelta(seconds=6))
    script = "echo child $AWS_BATCH_JOB_ARRAY_INDEX; test $AWS_BATCH_JOB_ARRAY_INDEX != 2"
    sh("array", script, array_properties={{"size": 4}})

    for name, fail_fast in (("fast", True), ("slow", False)):
        with ParallelBranches(name, fail_fast=fail_fast) as group:
            sh("a1", "exit 1") >> sh("a2", "true")
            sh("b1", "true") >> sh("b2", "true") >> sh("b3", "true")
            with TaskGroup("inner"):
                BatchJobOperator.partial(task_id="m", command=["true"], **common).expand(
                    environment=[{{"X": "1"}}, {{"X": "2"}}]
                ) << EmptyOperator(task_id="start")
        group >> EmptyOperator(task_id=f"after-{{name}}")

    with ParallelBranches("outer"):
        with ParallelBranches("inner", fail_fast=False):
            sh("a", "exit 1")
        EmptyOperator(task_id="start") >> sh("b", "true") >> sh("c", "true")
"""

CONNECTED = """
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator

with DAG("c", schedule=None):
    for task_id in ("waiting", "deferred"):
        BatchJobOperator(
            task_id=task_id, job_queue="{name}-queue", job_definition="{name}-definition", command=["true"],
            aws_conn_id="mine", deferrable=task_id == "deferred",
        )
"""


@pytest.fixture(scope="module")
def batch(local_aws: LocalAws) -> Iterator[Batch]:
    made = new_batch(local_aws)
    yield made
    stop_all(made)


@pytest.fixture(scope="module")
def done(batch: Batch, tmp_path_factory: pytest.TempPathFactory) -> DagsTest:
    folder: Path = tmp_path_factory.mktemp("airflow")
    home = airflow_home(folder, dags={"d.py": DAG.format(name=batch.name)}, environment=batch.aws.environment)
    return airflow_dags_test(home, "d", {"word": "salut"})


def job_of(done: DagsTest, batch: Batch, task: str) -> dict[str, Any]:
    return batch.describe(done.run.xcoms[task, "job"]["job_id"])


def jobs_named(batch: Batch, name: str) -> list[tuple[str, str]]:
    """Full name and status of the jobs whose name without its digits is this one."""
    filters = [{"name": "JOB_NAME", "values": [f"{name}-*"]}]
    pages = batch.client.get_paginator("list_jobs").paginate(jobQueue=batch.queue, filters=filters)
    found = [(job["jobName"], job["status"]) for page in pages for job in page["jobSummaryList"]]
    return [job for job in found if re.fullmatch(rf"{name}-[0-9a-f]{{8}}-[0-9a-f]{{12}}", job[0])]


def error_of(done: DagsTest, task: str) -> str:
    """The one error that names the task's job."""
    (error,) = re.findall(rf"JobFailed: (Batch job '{task}-[0-9a-f]{{8}}-[0-9a-f]{{12}}'.*(?:\n  .*)*)", done.output)
    return str(error)


def test_a_chain_of_ten_jobs_succeeds(done: DagsTest) -> None:
    assert {done.run.tasks[f"t{number}"] for number in range(10)} == {"success"}, done.output


def test_an_aws_default_that_nobody_defined_is_no_news(done: DagsTest) -> None:
    assert "Unable to find AWS Connection" not in done.output
    assert "AirflowNotFoundException" not in done.output


def test_an_airflow_connection_says_how_to_reach_aws(batch: Batch, tmp_path: Path) -> None:
    extra = {"region_name": "us-east-1", "endpoint_url": batch.aws.endpoint}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    environment = {name: value for name, value in batch.aws.environment.items() if not name.startswith("AWS_")}
    home = airflow_home(tmp_path / "airflow", dags={"c.py": CONNECTED.format(name=batch.name)}, environment=environment)
    done = airflow_dags_test({**home, "AIRFLOW_CONN_MINE": json.dumps(connection)}, "c")
    ids = [done.run.xcoms[task, "return_value"] for task in ("waiting", "deferred")]
    assert done.run.state == "success", done.output
    assert [batch.status(job_id) for job_id in ids] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_deferrable_chain_runs_in_line(done: DagsTest) -> None:
    assert [done.run.tasks[f"d{number}"] for number in range(3)] == ["success"] * 3


def test_the_job_runs_with_rendered_command_environment_and_resources(done: DagsTest, batch: Batch) -> None:
    job = job_of(done, batch, "rendered")
    assert batch.log(job) == ["salut 3"]
    resources = {each["type"]: each["value"] for each in job["container"]["resourceRequirements"]}
    assert resources == {"VCPU": "2", "MEMORY": "256"}


def test_the_return_value_is_the_job_id_and_the_xcom_job_its_description(done: DagsTest, batch: Batch) -> None:
    job: dict[str, Any] = done.run.xcoms["t3", "job"]
    assert (job["job_id"], job["status"], job["exit_code"]) == (done.run.xcoms["t3", "return_value"], "SUCCEEDED", 0)
    assert re.fullmatch(r"t3-[0-9a-f]{8}-[0-9a-f]{12}", job["job_name"])
    assert job["queue"].endswith(f"job-queue/{batch.queue}")
    assert job["started_at"] <= job["stopped_at"]
    assert len(job["attempts"]) == 1


def test_links_open_the_job_its_queue_and_its_log_in_the_console(done: DagsTest) -> None:
    xcoms, job = done.run.xcoms, done.run.xcoms["t3", "job"]
    console = "https://console.aws.amazon.com/batch/home?region=us-east-1#"
    assert xcoms["t3", "_link_BatchJobDetailsLink"] == f"{console}jobs/detail/{job['job_id']}"
    assert xcoms["t3", "_link_BatchJobQueueLink"] == f"{console}queues/detail/{job['queue']}"
    assert xcoms["t3", "_link_BatchJobDefinitionLink"] == f"{console}job-definition/detail/{job['definition']}"
    assert "log-group/%2Faws%2Fbatch%2Fjob/log-events/" in xcoms["t3", "_link_CloudWatchLogLink"]


@pytest.mark.parametrize(
    ("task", "code", "words"),
    [
        ("broken", 3, "clip.mp4: Invalid data found"),
        ("broken-deferred", 4, "late.mp4: Invalid data found"),
    ],
)
def test_a_failed_job_gives_one_error_with_its_last_words(done: DagsTest, task: str, code: int, words: str) -> None:
    error = error_of(done, task)
    assert f"exit code: {code}" in error
    assert f"    {words}" in error
    assert "queue: arn:aws:batch:us-east-1:" in error


def test_a_rejected_job_fails_without_a_retry_and_with_the_words_of_aws(done: DagsTest) -> None:
    assert (done.run.tasks["rejected"], done.run.tries["rejected"]) == ("failed", 1)
    name = "rejected-[-0-9a-f]{21}"
    assert re.search(rf"AWS Batch rejected job '{name}' for queue \S+ \(ClientException\): .+", done.output)
    assert "nobody-defined-this" in done.output


def test_a_retry_submits_a_new_job_under_another_name(done: DagsTest, batch: Batch) -> None:
    (first, first_status), (second, second_status) = jobs_named(batch, "retried")
    assert (first_status, second_status) == ("FAILED", "FAILED")
    assert first != second


def test_a_retry_waits_for_the_job_that_the_time_limit_is_stopping_and_submits_another(
    done: DagsTest, batch: Batch
) -> None:
    assert (done.run.tasks["ending"], done.run.tries["ending"]) == ("success", 2), done.output
    listed = batch.client.list_jobs(jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["ending-*"]}])
    described = [batch.describe(job["jobId"]) for job in listed["jobSummaryList"]]
    first, second = sorted(described, key=lambda job: int(job["createdAt"]))
    assert (first["status"], first["isTerminated"], second["status"]) == ("FAILED", True, "SUCCEEDED")
    assert first["stoppedAt"] <= second["createdAt"]


def test_wait_for_completion_false_returns_before_the_job_has_ended(done: DagsTest) -> None:
    assert done.run.tasks["unwatched"] == "success"
    assert done.run.xcoms["unwatched", "job"]["status"] == "SUBMITTED"


def test_depends_on_takes_the_ids_of_upstream_tasks(done: DagsTest, batch: Batch) -> None:
    depends_on = job_of(done, batch, "dependent")["dependsOn"]
    assert [each["jobId"] for each in depends_on] == [done.run.xcoms["unwatched", "return_value"]]


@pytest.mark.parametrize("word", ["now", "late"])
def test_the_log_is_printed_once_on_request(done: DagsTest, word: str) -> None:
    assert re.findall(rf"\] {word} (\d)\s+\[airstep", done.output) == ["1", "2", "3"]


def test_expand_runs_a_job_per_item_each_under_its_own_name(done: DagsTest, batch: Batch) -> None:
    jobs = [job_of(done, batch, f"mapped[{index}]") for index in range(3)]
    assert [batch.log(job) for job in jobs] == [["one"], ["two"], ["three"]]
    assert len({job["jobName"] for job in jobs}) == 3


def test_expand_kwargs_sets_several_fields_per_item(done: DagsTest, batch: Batch) -> None:
    jobs = [job_of(done, batch, f"mapped-kwargs[{index}]") for index in range(2)]
    vcpus = [
        each["value"] for job in jobs for each in job["container"]["resourceRequirements"] if each["type"] == "VCPU"
    ]
    assert [job["container"]["command"] for job in jobs] == [["echo", "a"], ["echo", "b"]]
    assert vcpus == ["1", "2"]


def test_the_execution_timeout_terminates_the_job(done: DagsTest, batch: Batch) -> None:
    job = batch.wait(job_of(done, batch, "timed-out")["jobId"])
    assert done.run.tasks["timed-out"] == "failed"
    assert job["statusReason"].startswith("The Airflow task ended: ")


def test_an_array_job_that_fails_names_its_failed_children_and_quotes_the_first(done: DagsTest) -> None:
    error = error_of(done, "array")
    assert "children: 1 of 4 failed (index 2)" in error
    assert "    child 2" in error


def test_fail_fast_skips_what_has_not_started_and_blocks_what_follows(done: DagsTest, batch: Batch) -> None:
    tasks = done.run.tasks
    assert (tasks["fast.a1"], tasks["fast.a2"], tasks["after-fast"]) == ("failed", "upstream_failed", "upstream_failed")
    assert (tasks["fast.b3"], tasks["fast.inner.m[0]"], tasks["fast.inner.m[1]"]) == ("skipped", "skipped", "skipped")


def test_without_fail_fast_the_other_branches_go_on(done: DagsTest) -> None:
    tasks = done.run.tasks
    assert (tasks["slow.a1"], tasks["slow.a2"], tasks["after-slow"]) == ("failed", "upstream_failed", "upstream_failed")
    assert {tasks[f"slow.{name}"] for name in ("b1", "b2", "b3", "inner.m[0]", "inner.m[1]")} == {"success"}


def test_a_failure_in_an_inner_group_stops_the_branches_of_the_outer_one(done: DagsTest) -> None:
    assert (done.run.tasks["outer.inner.a"], done.run.tasks["outer.c"]) == ("failed", "skipped")
