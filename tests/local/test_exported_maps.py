"""BatchMapOperator exported: by jobs a distributed Map over the items, by array jobs one over what a planner wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk import DAG, Param

from airstep.operators import S3Csv, S3JsonLines, S3Objects, item
from asl_export.pipeline import QueryLanguage
from tests.local.exported import Exporter, Run
from tests.local.exported_maps import map_exporter, mapped
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket

pytestmark = pytest.mark.slow

PARAMS = {"prefix": Param("in/", type="string")}


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws) -> Iterator[Exporter]:
    with map_exporter(local_aws, request.param) as made:
        yield made


@pytest.fixture
def files(bucket: Bucket) -> Bucket:
    for name in ("a.txt", "b.txt", "bad.txt", "c.txt"):
        bucket.put(f"in/{name}", name)
    bucket.put("lists/a.jsonl", "".join(json.dumps({"n": number, "s": "x{y}"}) + "\n" for number in range(3)))
    bucket.put("lists/a.csv", "x;1\ny;2\nz;3\n")
    return bucket


def run_of(exporter: Exporter, bucket: Bucket, **arguments: Any) -> Run:
    with DAG("maps", params=PARAMS) as dag:
        found = mapped(exporter, bucket, "each", **arguments)
        exporter.job("after", environment={"MANIFEST": found.output["manifest"]}) << found
    return exporter.run(dag)


def commands(run: Run, name: str) -> list[list[str]]:
    return sorted(job["container"]["command"] for job in run.jobs[name])


def manifest_of(run: Run, bucket: Bucket) -> dict[str, list[dict[str, Any]]]:
    """What became of the items by status, where the job that came after was told to look."""
    (after,) = run.jobs["after"]
    variables = {each["name"]: each["value"] for each in after["container"]["environment"]}
    manifest = bucket.json(variables["MANIFEST"].removeprefix(f"s3://{bucket.name}/"))
    return {
        status: [json.loads(record["Input"]) for file in files for record in bucket.json(file["Key"])]
        for status, files in manifest["ResultFiles"].items()
    }


OBJECTS = [*["sh", "-c"], 'test "$1" != in/bad.txt', "sh", item["Key"]]


def objects(bucket: Bucket) -> S3Objects:
    return S3Objects(bucket.name, "{{ params.prefix }}")


def test_a_map_by_jobs_runs_a_job_for_each_object(exporter: Exporter, files: Bucket) -> None:
    given = {"command": OBJECTS, "environment": {"SIZE": item["Size"], "P": "<{{ params.prefix }}>" + item["Key"]}}
    run = run_of(exporter, files, strategy="jobs", items=objects(files), tolerated_failure_percentage=25, **given)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert run.statuses["each"] == ["FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    assert [each[-1] for each in commands(run, "each")] == ["in/a.txt", "in/b.txt", "in/bad.txt", "in/c.txt"]
    variables = [{v["name"]: v["value"] for v in job["container"]["environment"]} for job in run.jobs["each"]]
    assert sorted(each["P"] for each in variables)[0] == "<in/>in/a.txt"
    results = manifest_of(run, files)
    assert (len(results["SUCCEEDED"]), len(results["FAILED"])) == (3, 1)


def test_the_buckets_of_a_map_may_come_from_the_input(exporter: Exporter, files: Bucket) -> None:
    with DAG("places", params={"media": Param("nowhere", type="string")}) as dag:
        given = {"items": S3Objects("{{ params.media }}", "in/"), "command": ["echo", item["Key"]], "strategy": "jobs"}
        task = mapped(exporter, files, "each", **given)
        task.results = "s3://{{ params.media }}/kept/"
        exporter.job("after", environment={"MANIFEST": task.output["manifest"]}) << task
    run = exporter.run(dag, {"media": files.name})
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert len(manifest_of(run, files)["SUCCEEDED"]) == 4


def test_a_map_by_jobs_fails_when_more_items_fail_than_are_tolerated(exporter: Exporter, files: Bucket) -> None:
    run = run_of(exporter, files, strategy="jobs", items=objects(files), command=OBJECTS)
    assert (run.execution.status, run.execution.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert "after" not in run.jobs


@pytest.mark.parametrize("strategy", ["jobs", "array"])
def test_lines_rows_and_lists_are_items(exporter: Exporter, files: Bucket, strategy: str) -> None:
    place = f"s3://{files.name}/lists/a"
    rows = S3Csv(f"{place}.csv", headers=["name", "size"], delimiter=";", max_items=2)
    with DAG("kinds") as dag:
        for name, items, field in (
            ("lines", S3JsonLines(f"{place}.jsonl"), item["n"]),
            ("rows", rows, item["name"]),
            ("listed", ["p", "q"], item),
        ):
            mapped(exporter, files, name, items=items, command=["echo", field], strategy=strategy)
    run = exporter.run(dag)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    said = {name: words(run, exporter, name) for name in ("lines", "rows", "listed")}
    assert said == {"lines": ["0", "1", "2"], "rows": ["x", "y"], "listed": ["p", "q"]}


def words(run: Run, exporter: Exporter, name: str) -> list[str]:
    """What the jobs of a name, or the children of its array job, have printed."""
    jobs = [
        exporter.batch.describe(f"{job['jobId']}:{index}") if "arrayProperties" in job else job
        for job in run.jobs[name]
        for index in range(job.get("arrayProperties", {}).get("size", 1))
    ]
    lines = [line for job in jobs for line in exporter.batch.log(job)]
    return sorted(line for line in lines if not line.startswith("airstep-item:"))


def test_a_map_by_array_jobs_does_what_the_direct_one_does(exporter: Exporter, files: Bucket) -> None:
    given = {"command": OBJECTS, "environment": {"SIZE": item["Size"], "FIXED": "{x}"}, "tolerated_failure_count": 1}
    run = run_of(exporter, files, items=objects(files), **given)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert run.statuses == {
        "after": ["SUCCEEDED"], "each": ["FAILED"], "each-finish": ["SUCCEEDED"], "each-plan": ["SUCCEEDED"],
    }  # fmt: skip
    (array,) = run.jobs["each"]
    assert array["arrayProperties"]["size"] == 4
    results = manifest_of(run, files)
    assert [each["Key"] for each in results["FAILED"]] == ["in/bad.txt"]
    assert [each["Key"] for each in results["SUCCEEDED"]] == ["in/a.txt", "in/b.txt", "in/c.txt"]


def test_another_execution_does_only_what_has_failed_as_a_plain_job_if_it_is_one(
    exporter: Exporter, files: Bucket
) -> None:
    given = {"command": OBJECTS, "items": objects(files), "tolerated_failure_percentage": 25}
    run_of(exporter, files, **given)
    second = run_of(exporter, files, **given)
    assert second.execution.status == "SUCCEEDED"
    assert sorted(job.get("arrayProperties", {}).get("size", 1) for job in second.jobs["each"]) == [1, 4]


def test_a_map_by_array_jobs_fails_when_more_items_fail_than_are_tolerated(exporter: Exporter, files: Bucket) -> None:
    run = run_of(exporter, files, items=objects(files), command=OBJECTS)
    assert run.execution.status == "FAILED"
    assert run.statuses == {"each": ["FAILED"], "each-finish": ["FAILED"], "each-plan": ["SUCCEEDED"]}
    assert '"jobName":"each-finish"' in run.execution.cause.replace(" ", "").replace("J", "j")


def test_a_map_without_items_succeeds(exporter: Exporter, files: Bucket) -> None:
    run = run_of(exporter, files, items=S3Objects(files.name, "nowhere/"), command=OBJECTS)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert manifest_of(run, files) == {"FAILED": [], "PENDING": [], "SUCCEEDED": []}


def test_children_are_packed_and_cut_as_in_airflow(exporter: Exporter, files: Bucket) -> None:
    lines = S3JsonLines(f"s3://{files.name}/lists/a.jsonl")
    run = run_of(exporter, files, items=lines, command=["echo", item["s"]], items_per_child=2, max_concurrency=1)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert [job.get("arrayProperties") for job in run.jobs["each"]] == [None, None]
    assert words(run, exporter, "each") == ["x{y}"] * 3
    spans = sorted((job["startedAt"], job["stoppedAt"]) for job in run.jobs["each"])
    assert spans[0][1] <= spans[1][0]
