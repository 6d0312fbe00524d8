"""Results of jobs under the real `airflow dags test`, on the local AWS: one run."""

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
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator, ParallelBranches

common = {{"job_queue": "{name}-queue", "job_definition": "{name}-definition"}}
WRITE = '''
import boto3, os, sys
bucket, _, key = os.environ["AIRSTEP_RESULT_URI"].removeprefix("s3://").partition("/")
boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=sys.argv[1].encode())
'''
retried = {{"retries": 3, "retry_delay": timedelta(0)}}

def write(task_id, document, *, result="s3://{bucket}/{{{{ params.folder }}}}", **more):
    command = ["{python}", "-c", WRITE, document]
    return BatchJobOperator(task_id=task_id, command=command, result=result, **common, **more)

with DAG("d", schedule=None, params={{"folder": "results"}}):
    document = '{{"frames": 24, "size": {{"width": 64}}, "job": "own"}}'
    for deferrable in (False, True):
        suffix = "-deferred" if deferrable else ""
        probe = write(f"probe{{suffix}}", document, deferrable=deferrable)
        BatchJobOperator(
            task_id=f"reader{{suffix}}", command=["sh", "-c", "echo $FRAMES $WIDTH"],
            environment={{
                "FRAMES": probe.output["frames"],
                "WIDTH": f"{{{{{{{{ ti.xcom_pull('probe{{suffix}}').size.width }}}}}}}}",
            }},
            **common,
        )
    write("number", "3.5")
    write("unpushed", document, do_xcom_push=False)
    BatchJobOperator.partial(task_id="mapped", result="s3://{bucket}/results", **common).expand(
        command=[["{python}", "-c", WRITE, text] for text in ("[1]", "[2]")]
    )
    write("array", '{{"from": "a child"}}', array_properties={{"size": 2}})
    for deferrable in (False, True):
        suffix = "-deferred" if deferrable else ""
        BatchJobOperator(
            task_id=f"silent{{suffix}}", command=["true"], result="s3://{bucket}", deferrable=deferrable,
            **common, **retried
        )
    write("no-json", "{{broken", **retried)
    write("nowhere", "1", result="{{{{ params.folder }}}}", **retried)
    BatchJobOperator(task_id="broken", command=["false"], result="s3://{bucket}", **common)
    with ParallelBranches("g"):
        BatchJobOperator(task_id="a", command=["true"], result="s3://{bucket}", **common)
        write("b1", "1") >> write("b2", "2")
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
    dag = DAG.format(name=batch.name, bucket=bucket.name, python=sys.executable)
    home = airflow_home(folder, dags={"d.py": dag}, environment=batch.aws.environment)
    return airflow_dags_test(home, "d")


def addresses(batch: Batch, job_id: str) -> list[str]:
    environment: list[dict[str, Any]] = batch.describe(job_id)["container"]["environment"]
    return [each["value"] for each in environment if each["name"] == "AIRSTEP_RESULT_URI"]


@pytest.mark.parametrize("task", ["probe", "probe-deferred"])
def test_the_document_is_the_return_value_and_its_values_are_xcoms(done: DagsTest, task: str) -> None:
    own = {key: value for (of, key), value in done.run.xcoms.items() if of == task and key in ("frames", "size")}
    assert done.run.tasks[task] == "success", done.output
    assert done.run.xcoms[task, "return_value"] == {"frames": 24, "size": {"width": 64}, "job": "own"}
    assert own == {"frames": 24, "size": {"width": 64}}
    assert done.run.xcoms[task, "job"]["status"] == "SUCCEEDED"


@pytest.mark.parametrize("task", ["reader", "reader-deferred"])
def test_another_task_uses_values_of_the_result(done: DagsTest, batch: Batch, task: str) -> None:
    assert batch.log(batch.describe(done.run.xcoms[task, "return_value"])) == ["24 64"]


def test_the_job_writes_under_prefix_dag_run_and_task(done: DagsTest, batch: Batch, bucket: Bucket) -> None:
    (address,) = addresses(batch, done.run.xcoms["number", "job"]["job_id"])
    parts = address.removeprefix(f"s3://{bucket.name}/").split("/")
    assert (parts[:2], parts[2][:8], parts[3]) == (["results", "d"], "manual__", "number.json")
    assert bucket.json("/".join(parts)) == done.run.xcoms["number", "return_value"] == 3.5


def test_each_mapped_task_has_a_result_of_its_own(done: DagsTest, batch: Batch) -> None:
    assert [done.run.xcoms[f"mapped[{index}]", "return_value"] for index in range(2)] == [[1], [2]]
    (address,) = addresses(batch, done.run.xcoms["mapped[1]", "job"]["job_id"])
    assert address.endswith("/mapped/1.json")


def test_an_array_job_has_one_result(done: DagsTest) -> None:
    assert done.run.xcoms["array", "return_value"] == {"from": "a child"}


def test_what_is_not_to_be_pushed_is_not(done: DagsTest) -> None:
    pushed = {key for task, key in done.run.xcoms if task == "unpushed"}
    assert (done.run.tasks["unpushed"], pushed & {"frames", "size", "return_value"}) == ("success", set())


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("silent", "succeeded, but wrote no result: there is no document at s3://"),
        ("silent-deferred", "succeeded, but wrote no result: there is no document at s3://"),
        ("no-json", "no-json.json is no JSON: Expecting property name"),
        ("nowhere", "BatchJobOperator 'nowhere': result must be an S3 URI such as 's3://bucket/prefix', not 'results'"),
    ],
)
def test_a_job_without_a_result_fails_its_task_without_a_retry(done: DagsTest, task: str, words: str) -> None:
    assert (done.run.tasks[task], done.run.tries[task]) == ("failed", 1)
    assert words in done.output


def test_a_job_that_fails_fails_as_ever(done: DagsTest) -> None:
    assert done.run.tasks["broken"] == "failed"
    assert "JobFailed: Batch job 'broken-" in done.output


def test_a_missing_result_stops_the_other_branches(done: DagsTest) -> None:
    assert (done.run.tasks["g.a"], done.run.tasks["g.b2"]) == ("failed", "skipped")
