"""BatchMapOperator under the real `airflow dags test`, on the local AWS: two runs, the second over the same items."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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
from airstep.operators import BatchJobOperator, BatchMapOperator, S3Csv, S3JsonLines, S3Objects, item

common = {{
    "job_queue": "{name}-queue",
    "results": "s3://{bucket}/results",
    "job_definition": "{name}-definition-items",
}}
sh = ["sh", "-c"]
texts = S3Objects("{bucket}", "{{{{ params.prefix }}}}", ".txt")

def each(task_id, **arguments):
    for deferrable in (False, True):
        kind = "deferred" if deferrable else "waiting"
        BatchMapOperator(task_id=f"{{task_id}}-{{kind}}", deferrable=deferrable, **arguments, **common)

with DAG("m", schedule=None, params={{"prefix": "in/"}}):
    good = {{"command": [*sh, "echo object $0 of $SIZE; test $0 != in/bad.txt", item["Key"]],
        "environment": {{"SIZE": item["Size"], "FIXED": "{{{{ params.prefix }}}}{{x}}"}}}}
    each("array", items=texts, tolerated_failure_count=1, **good)
    each("jobs", items=texts, tolerated_failure_count=1, strategy="jobs", **good)
    once = [*sh, 'test -e "$0" || {{ touch "$0"; exit 3; }}']
    twice = {{"retries": 1, "retry_delay": timedelta(0)}}
    numbers = [{{"n": number}} for number in range(5)]
    BatchMapOperator(
        task_id="again", items=numbers, command=[*sh, once[2], "{folder}/" + item["n"]], **twice, **common
    )
    BatchMapOperator(
        task_id="again-jobs", strategy="jobs", items=numbers, tolerated_failure_count=4,
        command=[*sh, once[2], "{folder}/jobs-" + item["n"]], **twice, **common
    )
    BatchMapOperator(
        task_id="patient", items=numbers, command=[*sh, "test $0 != 3", item["n"]], tolerated_failure_count=1,
        **twice, **common
    )
    BatchMapOperator(task_id="single", items=["one"], command=["echo", item], deferrable=True, **common)
    BatchMapOperator(task_id="nothing", items=S3Objects("{bucket}", "nowhere/"), command=["true"], **common)
    BatchMapOperator(
        task_id="lines", items=S3JsonLines("s3://{bucket}/lists/a.jsonl"), items_per_child=2, max_concurrency=2,
        command=[*sh, "test $0 != 3", item["n"]], tolerated_failure_percentage=20, **common
    )
    BatchMapOperator(
        task_id="rows", items=S3Csv("s3://{bucket}/lists/a.csv", max_items=2), strategy="jobs", max_concurrency=1,
        command=["echo", item["name"]], job_name="row-" + item["name"], **common
    )
    listing = BatchJobOperator(
        task_id="listing", job_queue=common["job_queue"], job_definition="{name}-definition-result",
        result="s3://{bucket}/documents", command=['[{{"x": 1}}, {{"x": 2}}]', "true"],
    )
    found = BatchMapOperator(task_id="found", items=listing.output, command=["echo", item["x"]], **common)
    BatchJobOperator(
        task_id="reads", job_queue=common["job_queue"], job_definition="{name}-definition",
        command=["echo", found.output["succeeded"]],
    )
    BatchMapOperator(
        task_id="lacking", items=[{{"a": 1}}, {{"b": 2}}], command=["echo", item["a"]], strategy="jobs",
        retries=3, retry_delay=timedelta(0), tolerated_failure_count=0, **common
    )
    BatchMapOperator(task_id="broken", items=S3JsonLines("s3://{bucket}/lists/a.csv"), command=["true"], **common)
    BatchMapOperator(task_id="missing", items=S3Csv("s3://{bucket}/none.csv"), command=["true"], retries=2, **common)
    refused = {{**common, "job_definition": "nobody-defined-this"}}
    BatchMapOperator(task_id="refused", items=[1, 2], command=["true"], retries=2, **refused)
    BatchMapOperator(
        task_id="timed-out", items=[1, 2], command=["sleep", "60"], execution_timeout=timedelta(seconds=3), **common
    )
"""


@dataclass(frozen=True)
class TwoRuns:
    first: DagsTest
    second: DagsTest
    batch: Batch
    bucket: Bucket

    def counts(self, task: str, *, second: bool = False) -> dict[str, Any]:
        return dict((self.second if second else self.first).run.xcoms[task, "return_value"])

    def results(self, task: str, *, second: bool = False) -> dict[str, list[dict[str, Any]]]:
        """What S3 says of the items, by status."""
        key = self.counts(task, second=second)["manifest"].removeprefix(f"s3://{self.bucket.name}/")
        manifest = self.bucket.json(key)
        assert manifest["DestinationBucket"] == self.bucket.name
        return {
            status: [record for file in files for record in self.bucket.json(file["Key"])]
            for status, files in manifest["ResultFiles"].items()
        }

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """The jobs of a name, oldest first."""
        filters = [{"name": "JOB_NAME", "values": [f"{name}-*"]}]
        pages = self.batch.client.get_paginator("list_jobs").paginate(jobQueue=self.batch.queue, filters=filters)
        found = [job for page in pages for job in page["jobSummaryList"]]
        own = [
            job["jobId"] for job in found if re.fullmatch(rf"{name}(-[0-9a-f]{{8}})?-[0-9a-f]{{12}}", job["jobName"])
        ]
        return sorted((self.batch.describe(job_id) for job_id in own), key=lambda job: int(job["createdAt"]))


@pytest.fixture(scope="module")
def done(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoRuns]:
    batch, bucket = new_batch(local_aws), new_bucket(local_aws)
    batch.define("-items", container={"image": "airstep/items:1"})
    batch.define("-result", container={"image": "airstep/result:1"})
    for name in ("a.txt", "b.txt", "bad.txt", "c.txt", "other.bin"):
        bucket.put(f"in/{name}", name)
    bucket.put("lists/a.jsonl", "".join(json.dumps({"n": number}) + "\n" for number in range(6)))
    bucket.put("lists/a.csv", "name,size\nx,1\ny,2\nz,3\n")
    folder: Path = tmp_path_factory.mktemp("airflow")
    dag = DAG.format(name=batch.name, bucket=bucket.name, folder=tmp_path_factory.mktemp("seen"))
    home = airflow_home(folder, dags={"m.py": dag}, environment=local_aws.environment)
    yield TwoRuns(airflow_dags_test(home, "m"), airflow_dags_test(home, "m"), batch, bucket)
    stop_all(batch)


KINDS = [f"{strategy}-{kind}" for strategy in ("array", "jobs") for kind in ("waiting", "deferred")]


@pytest.mark.parametrize("task", KINDS)
def test_a_map_within_its_tolerance_succeeds_and_tells_of_each_item(done: TwoRuns, task: str) -> None:
    assert done.first.run.tasks[task] == "success", done.first.output
    counts = done.counts(task)
    assert {name: counts[name] for name in ("items", "succeeded", "failed", "pending")} == {
        "items": 4, "succeeded": 3, "failed": 1, "pending": 0,
    }  # fmt: skip
    results = done.results(task)
    assert [json.loads(each["Input"])["Key"] for each in results["SUCCEEDED"]] == ["in/a.txt", "in/b.txt", "in/c.txt"]
    (failed,) = results["FAILED"]
    assert (json.loads(failed["Input"])["Key"], failed["Status"]) == ("in/bad.txt", "FAILED")
    assert "1" in failed["Cause"]
    assert results["PENDING"] == []


@pytest.mark.parametrize("kind", ["waiting", "deferred"])
def test_up_to_10000_items_are_one_array_job(done: TwoRuns, kind: str) -> None:
    first, *others = done.jobs(f"array-{kind}")
    assert first["arrayProperties"]["size"] == 4
    variables = {each["name"]: each["value"] for each in first["container"]["environment"]}
    assert variables["SIZE"] == "{Size}"
    assert variables["FIXED"] == "in/{x}"
    assert variables["AIRSTEP_ITEMS"].startswith(f"s3://{done.bucket.name}/results/m/array-{kind}/shards/")
    assert len(others) == 1  # of the second run


@pytest.mark.parametrize("task", KINDS)
def test_another_run_does_only_what_has_not_succeeded(done: TwoRuns, task: str) -> None:
    counts = done.counts(task, second=True)
    assert (counts["items"], counts["succeeded"], counts["failed"]) == (4, 3, 1)
    assert done.second.run.tasks[task] == "success"
    later = done.jobs(task)[1 if task.startswith("array") else 4 :]
    assert [job.get("arrayProperties") for job in later] == [None]


@pytest.mark.parametrize("task", KINDS)
def test_the_progress_is_an_xcom(done: TwoRuns, task: str) -> None:
    progress = done.first.run.xcoms[task, "map_progress"]
    assert (progress["children"], progress["succeeded"], progress["failed"]) == (4, 3, 1)
    assert "4 of 4 children ended (100%): 3 succeeded, 1 failed" in done.first.output


@pytest.mark.parametrize(("task", "sizes"), [("again", [5, 5]), ("again-jobs", [1] * 10)])
def test_a_retry_does_only_what_has_failed(done: TwoRuns, task: str, sizes: list[int]) -> None:
    assert (done.first.run.tasks[task], done.first.run.tries[task]) == ("success", 2), done.first.output
    jobs = done.jobs(task)
    assert [job.get("arrayProperties", {}).get("size", 1) for job in jobs] == sizes
    assert done.counts(task)["succeeded"] == 5


def test_what_is_tolerated_is_judged_after_the_last_retry(done: TwoRuns) -> None:
    assert (done.first.run.tasks["patient"], done.first.run.tries["patient"]) == ("success", 2)
    assert (done.counts("patient")["succeeded"], done.counts("patient")["failed"]) == (4, 1)
    assert [job.get("arrayProperties", {}).get("size", 1) for job in done.jobs("patient")][:2] == [5, 1]


def test_an_array_of_one_is_a_plain_job(done: TwoRuns) -> None:
    (job,) = done.jobs("single")
    assert "arrayProperties" not in job
    assert done.counts("single")["succeeded"] == 1


def test_a_map_without_items_succeeds(done: TwoRuns) -> None:
    assert done.first.run.tasks["nothing"] == "success"
    assert done.counts("nothing")["items"] == 0
    assert done.jobs("nothing") == []


def test_several_items_in_a_child_fail_for_themselves(done: TwoRuns) -> None:
    assert done.first.run.tasks["lines"] == "success", done.first.output
    assert done.counts("lines") == {**done.counts("lines"), "items": 6, "succeeded": 5, "failed": 1}
    assert [json.loads(each["Input"]) for each in done.results("lines")["FAILED"]] == [{"n": 3}]


def test_no_more_children_than_max_concurrency_are_there_at_once(done: TwoRuns) -> None:
    jobs = done.jobs("lines")[:3]
    assert [job.get("arrayProperties") for job in jobs] == [None, None, None]
    assert jobs[2]["createdAt"] >= min(job["stoppedAt"] for job in jobs[:2])


def test_a_job_of_an_item_may_be_named_after_it(done: TwoRuns) -> None:
    assert [len(done.jobs(name)) for name in ("row-x", "row-y", "row-z")] == [1, 1, 0]
    assert done.jobs("row-y")[0]["createdAt"] >= done.jobs("row-x")[0]["stoppedAt"]


def test_the_items_may_be_a_tasks_result_and_the_counts_are_results(done: TwoRuns) -> None:
    assert done.counts("found")["items"] == 2
    assert done.first.run.tasks["reads"] == "success"
    job = done.batch.describe(done.first.run.xcoms["reads", "job"]["job_id"])
    assert job["container"]["command"] == ["echo", "2"]


def test_an_item_without_the_field_fails_alone(done: TwoRuns) -> None:
    assert (done.first.run.tasks["lacking"], done.first.run.tries["lacking"]) == ("failed", 4)
    assert "there is no item['a']: its fields are 'b'" in done.first.output
    assert len(done.jobs("lacking")) == 1


@pytest.mark.parametrize(
    ("task", "error"),
    [
        ("broken", "line 1 is no JSON"),
        ("missing", "The specified key does not exist"),
        ("refused", "nobody-defined-this"),
    ],
)
def test_what_no_retry_would_mend_fails_at_once(done: TwoRuns, task: str, error: str) -> None:
    assert (done.first.run.tasks[task], done.first.run.tries[task]) == ("failed", 1)
    assert error in done.first.output


def test_the_jobs_of_a_map_that_takes_too_long_are_terminated(done: TwoRuns) -> None:
    assert Counter(done.batch.wait(job["jobId"])["status"] for job in done.jobs("timed-out")) == {"FAILED": 2}
