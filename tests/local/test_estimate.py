"""What `asl-export estimate` counts is what the local AWS does: states entered, children, events, jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from airflow.sdk import DAG, Param, TaskGroup

from airstep.operators import BatchJobOperator, ChoiceOperator, S3JsonLines, S3Objects, item
from asl_export.estimate.items import GivenItems
from asl_export.estimate.ways import Runner, Way, estimate
from asl_export.pipeline import QueryLanguage
from tests.local.exported import Exporter, Run
from tests.local.exported_maps import map_exporter, mapped
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import Execution

pytestmark = pytest.mark.slow


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws) -> Iterator[Exporter]:
    with map_exporter(local_aws, request.param) as made:
        yield made


@pytest.fixture
def files(bucket: Bucket) -> Bucket:
    for number in range(7):
        bucket.put(f"in/{number}.txt", "x")
    bucket.put("lists/a.jsonl", "".join(json.dumps({"n": number}) + "\n" for number in range(5)))
    return bucket


def children(execution: Execution) -> list[Execution]:
    """The executions that the distributed Maps of one have started."""
    client = execution.aws.client("stepfunctions")
    runs = client.list_map_runs(executionArn=execution.arn)["mapRuns"]
    pages = client.get_paginator("list_executions")
    return [
        Execution(execution.aws, client.describe_execution(executionArn=each["executionArn"]))
        for run in runs
        for page in pages.paginate(mapRunArn=run["mapRunArn"])
        for each in page["executions"]
    ]


def entered(execution: Execution) -> int:
    return sum(event["type"].endswith("StateEntered") for event in execution.events)


def seen(run: Run) -> dict[str, int]:
    """What a run has used."""
    started = children(run.execution)
    return {
        "transitions": entered(run.execution) + sum(map(entered, started)) + len(started),
        "events": len(run.execution.events),
        "child_events": max((len(child.events) for child in started), default=0),
        "jobs": sum(len(jobs) for jobs in run.jobs.values()),
    }


def counted(way: Way) -> dict[str, int]:
    whole = way.whole
    return {
        "transitions": whole.transitions,
        "events": whole.events,
        "child_events": way.child_events,
        "jobs": whole.submits,
    }


def check(exporter: Exporter, dag: DAG, **items: int) -> None:
    """Run a DAG's machine, and compare what it used with what was counted before."""
    found = estimate(dag, GivenItems(by_map=items), query_language=exporter.language)
    (way,) = (each for each in found.ways if each.runner is Runner.STEP_FUNCTIONS and each.strategy == found.own)
    run = exporter.run(dag)
    assert run.execution.status == "SUCCEEDED", run.execution.description
    assert seen(run) == counted(way)


@pytest.mark.parametrize("strategy", ["jobs", "array"])
def test_a_map_uses_what_was_counted(exporter: Exporter, files: Bucket, strategy: str) -> None:
    with DAG("one_map", params={"prefix": Param("in/", type="string")}) as dag:
        objects = S3Objects(files.name, "{{ params.prefix }}")
        work = mapped(exporter, files, "work", items=objects, command=["echo", item["Key"]], strategy=strategy)
        exporter.job("first") >> work
        exporter.job("last", environment={"MANIFEST": work.output["manifest"]}) << work
    check(exporter, dag, work=7)


def test_an_array_map_of_many_shards_uses_what_was_counted(exporter: Exporter, files: Bucket) -> None:
    with DAG("shards") as dag:
        lines = S3JsonLines(f"s3://{files.name}/lists/a.jsonl")
        mapped(exporter, files, "work", items=lines, command=["echo", item["n"]], max_concurrency=8)
    check(exporter, dag, work=5)


def test_maps_beside_others_use_what_was_counted(exporter: Exporter, files: Bucket) -> None:
    with DAG("beside") as dag:
        with TaskGroup("work"):
            mapped(exporter, files, "listed", items=["a", "b", "c"], command=["echo", item], strategy="jobs")
            mapped(exporter, files, "cut", items=["a", "b"], command=["echo", item])
            exporter.job("alone")
        choice = ChoiceOperator(task_id="choice", choices=[("{{ run_id != '' }}", "taken")], default="not_taken")
        choice >> [exporter.job("taken"), exporter.job("not_taken")]
        BatchJobOperator.partial(task_id="mapped", **exporter.where).expand(command=[["true"], ["true", "2"]])
    check(exporter, dag)
