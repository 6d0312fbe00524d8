"""BatchJobOperator and ParallelBranches under the real `airflow dags test`, on the local AWS."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_run import DagsTest, airflow_dags_test, airflow_home
from tests.local.conftest import Batch

pytestmark = pytest.mark.slow

HEAD = """
from datetime import timedelta
from airflow.sdk import DAG, TaskGroup
from airflow.providers.standard.operators.empty import EmptyOperator
from airstep.operators import BatchJobOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
def sh(task_id, script, **more):
    return BatchJobOperator(task_id=task_id, command=["sh", "-c", script], **common, **more)

with DAG("d", schedule=None, params={{"word": "hello"}}) as dag:
"""

RunDag = Callable[..., DagsTest]


@pytest.fixture
def run_dag(batch: Batch, tmp_path: Path) -> RunDag:
    def run(body: str, **conf: object) -> DagsTest:
        text = HEAD.format(name=batch.name) + body
        home = airflow_home(tmp_path / "airflow", dags={"d.py": text}, environment=batch.aws.environment)
        return airflow_dags_test(home, "d", conf)

    return run


def jobs_of(batch: Batch) -> list[tuple[str, str]]:
    """Name without its hash, and status, of all jobs of the test's queue in order of submission."""
    filters = [{"name": "JOB_NAME", "values": ["*"]}]
    pages = batch.client.get_paginator("list_jobs").paginate(jobQueue=batch.queue, filters=filters)
    found = sorted((job for page in pages for job in page["jobSummaryList"]), key=lambda job: job["createdAt"])
    return [(re.sub(r"-[0-9a-f]{12}$", "", job["jobName"]), job["status"]) for job in found]


def test_a_chain_of_ten_jobs_that_end_at_once_costs_well_under_a_second_each(run_dag: RunDag) -> None:
    done = run_dag("""
    tasks = [sh(f"t{n}", "true") for n in range(10)]
    for a, b in zip(tasks, tasks[1:]):
        a >> b
""")
    print(f"ten jobs in a chain: {done.run.durations}, in all {done.seconds:.2f} s")
    assert done.run.state == "success", done.output
    # The first task pays for Airflow's own start.
    assert sorted(done.run.durations.values())[4] < 0.7


def test_a_deferrable_chain_runs_in_line_as_quickly(run_dag: RunDag) -> None:
    done = run_dag("""
    tasks = [sh(f"t{n}", "true", deferrable=True) for n in range(3)]
    for a, b in zip(tasks, tasks[1:]):
        a >> b
""")
    assert done.run.state == "success", done.output


def test_the_job_runs_with_rendered_command_environment_and_resources(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag(
        """
    sh("a", "echo $WORD $N", environment={"WORD": "{{ params.word }}", "N": 3}, vcpus="{{ 1 + 1 }}", memory=256)
""",
        word="salut",
    )
    job_id = done.run.xcoms["a", "return_value"]
    job = batch.describe(job_id)
    assert done.run.state == "success", done.output
    assert batch.log(job) == ["salut 3"]
    assert {each["type"]: each["value"] for each in job["container"]["resourceRequirements"]} == {
        "VCPU": "2",
        "MEMORY": "256",
    }


def test_the_xcom_job_describes_the_job_and_links_open_the_console(run_dag: RunDag, batch: Batch) -> None:
    run = run_dag("""
    sh("a", "true")
""").run
    job: dict[str, Any] = run.xcoms["a", "job"]
    assert (job["job_id"], job["status"], job["exit_code"]) == (run.xcoms["a", "return_value"], "SUCCEEDED", 0)
    assert re.fullmatch(r"a-[0-9a-f]{12}", job["job_name"])
    assert job["queue"].endswith(f"job-queue/{batch.queue}")
    assert job["started_at"] <= job["stopped_at"]
    assert len(job["attempts"]) == 1
    console = "https://console.aws.amazon.com/"
    assert run.xcoms["a", "_link_BatchJobDetailsLink"] == (
        f"{console}batch/home?region=us-east-1#jobs/detail/{job['job_id']}"
    )
    assert run.xcoms["a", "_link_BatchJobQueueLink"] == (
        f"{console}batch/home?region=us-east-1#queues/detail/{job['queue']}"
    )
    assert "log-group/%2Faws%2Fbatch%2Fjob/log-events/" in run.xcoms["a", "_link_CloudWatchLogLink"]


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_failed_job_gives_one_error_with_its_last_words(run_dag: RunDag, deferrable: bool) -> None:
    done = run_dag(f"""
    sh("a", "echo 'clip.mp4: Invalid data found when processing input' >&2; exit 3", deferrable={deferrable})
""")
    assert done.run.state == "failed"
    (error,) = re.findall(r"JobFailed: (.*?)\n\S", done.output + "\n.", flags=re.DOTALL)
    assert "exit code: 3" in error
    assert "clip.mp4: Invalid data found when processing input" in error
    assert "queue: arn:aws:batch:us-east-1:" in error


def test_a_rejected_job_fails_without_a_retry_and_with_the_words_of_aws(run_dag: RunDag) -> None:
    done = run_dag("""
    BatchJobOperator(
        task_id="a", job_queue=common["job_queue"], job_definition="nobody-defined-this", retries=3,
        retry_delay=timedelta(0),
    )
""")
    assert done.run.tasks == {"a": "failed"}
    assert done.run.tries == {"a": 1}
    assert "AWS Batch rejected job 'a-" in done.output
    assert "nobody-defined-this" in done.output


def test_a_retry_submits_a_new_job_under_another_name(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    sh("a", "exit 1", retries=1, retry_delay=timedelta(0))
""")
    assert done.run.tries == {"a": 2}
    assert jobs_of(batch) == [("a", "FAILED"), ("a", "FAILED")]
    names = {job["jobName"] for job in batch.client.list_jobs(jobQueue=batch.queue, jobStatus="FAILED")["jobSummaryList"]}
    assert len(names) == 2


def test_wait_for_completion_false_returns_the_id_of_a_running_job(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    sh("a", "sleep 60", wait_for_completion=False, deferrable=True)
""")
    assert done.run.state == "success", done.output
    assert batch.status(done.run.xcoms["a", "return_value"]) in ("RUNNABLE", "STARTING", "RUNNING")


def test_depends_on_takes_the_ids_of_upstream_tasks(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    a = sh("a", "sleep 1", wait_for_completion=False)
    b = sh("b", "true", depends_on=[a.output, {"jobId": a.output, "type": "SEQUENTIAL"}][:1])
""")
    job = batch.describe(done.run.xcoms["b", "return_value"])
    assert done.run.state == "success", done.output
    assert [each["jobId"] for each in job["dependsOn"]] == [done.run.xcoms["a", "return_value"]]


@pytest.mark.parametrize("deferrable", [False, True])
def test_the_log_is_printed_on_request(run_dag: RunDag, deferrable: bool) -> None:
    done = run_dag(f"""
    sh("a", "for n in 1 2 3; do echo line $n of the job; done", awslogs_enabled=True, deferrable={deferrable})
""")
    lines = re.findall(r"line \d of the job(?=\s+\[)", done.output)
    assert lines == ["line 1 of the job", "line 2 of the job", "line 3 of the job"], done.output


def test_expand_runs_a_job_per_item_each_under_its_own_name(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    BatchJobOperator.partial(
        task_id="m", command=["sh", "-c", "echo $X"], map_index_template="{{ task.environment['X'] }}", **common
    ).expand(environment=[{"X": "one"}, {"X": "two"}, {"X": "three"}])
""")
    ids = [done.run.xcoms[f"m[{index}]", "return_value"] for index in range(3)]
    jobs = [batch.describe(job_id) for job_id in ids]
    assert done.run.tasks == {"m[0]": "success", "m[1]": "success", "m[2]": "success"}, done.output
    assert [batch.log(job) for job in jobs] == [["one"], ["two"], ["three"]]
    assert len({job["jobName"] for job in jobs}) == 3


def test_the_execution_timeout_terminates_the_job(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    sh("a", "sleep 60", execution_timeout=timedelta(seconds=2))
""")
    assert done.run.state == "failed"
    assert jobs_of(batch) == [("a", "FAILED")]


def test_an_array_job_that_fails_names_its_failed_children(run_dag: RunDag) -> None:
    done = run_dag("""
    sh("a", 'echo child $AWS_BATCH_JOB_ARRAY_INDEX; test $AWS_BATCH_JOB_ARRAY_INDEX != 2', array_properties={"size": 4})
""")
    assert "children: 1 of 4 failed (index 2)" in done.output
    assert "    child 2" in done.output


FAIL_FAST = """
    with ParallelBranches("g"{options}) as g:
        sh("a1", "exit 1") >> sh("a2", "true")
        sh("b1", "true") >> sh("b2", "true")
        with TaskGroup("inner"):
            sh("c1", "true")
        BatchJobOperator.partial(task_id="m", command=["true"], **common).expand(environment=[{{"X": "1"}}, {{"X": "2"}}])
    g >> EmptyOperator(task_id="after")
"""


def test_fail_fast_skips_what_has_not_started_and_blocks_what_follows(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag(FAIL_FAST.format(options=""))
    tasks = done.run.tasks
    assert tasks["g.a1"] == "failed"
    assert tasks["g.a2"] == "upstream_failed"
    assert tasks["after"] == "upstream_failed"
    assert done.run.state == "failed"
    first = next(iter(name for name, status in jobs_of(batch) if status == "FAILED"))
    others = {tasks[name] for name in ("g.b2", "g.m[0]", "g.m[1]") if name in tasks}
    assert (first, others <= {"skipped", "success"}, tasks["g.b2"]) == ("a1", True, "skipped"), tasks


def test_without_fail_fast_the_other_branches_go_on(run_dag: RunDag) -> None:
    done = run_dag(FAIL_FAST.format(options=", fail_fast=False"))
    tasks = done.run.tasks
    assert (tasks["g.a1"], tasks["g.a2"], tasks["after"]) == ("failed", "upstream_failed", "upstream_failed")
    assert {tasks[name] for name in ("g.b1", "g.b2", "g.inner.c1", "g.m[0]", "g.m[1]")} == {"success"}


def test_a_failure_in_an_inner_group_stops_the_branches_of_the_outer_one(run_dag: RunDag, batch: Batch) -> None:
    done = run_dag("""
    with ParallelBranches("outer"):
        with ParallelBranches("inner", fail_fast=False):
            sh("a", "exit 1")
        start = EmptyOperator(task_id="start")
        start >> sh("b", "true") >> sh("c", "true")
""")
    assert done.run.tasks["outer.inner.a"] == "failed"
    assert done.run.tasks["outer.c"] == "skipped"
    assert ("c", "SUCCEEDED") not in jobs_of(batch)
