"""A map that would overflow the history gets executions of its own, and does the same there as inline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk import DAG, Param, task_group

from airstep.operators import BatchJobOperator
from asl_export.checks import history
from asl_export.diagnostics import Code
from asl_export.pipeline import QueryLanguage, check_dag
from tests.local.batch_resources import new_batch, stop_all
from tests.local.exported import Exporter, Run
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import StateMachines

DATA = {"word": 'it\'s "{x}" $.y \\ \u00e9', "logical_date": "2026-03-09T12:00:00+00:00"}
DOCUMENT = '{"made": "w\\"ord", "list": [1, "two"]}'
# What a job of the mapped group reads, of all kinds there are.
EVERYTHING = {
    "PARAM": "{{ params.word }}",
    "DEFAULT": "<{{ params.other }}>",
    "CONF": "{{ dag_run.conf.word }}",
    "RUN": "{{ run_id }}",
    "DATE": "{{ ds }}",
    "OUTER": "{{ ti.xcom_pull('before')['made'] }} {{ ti.xcom_pull('before')['list'][1] }}",
    "INDEX": "{{ ti.map_index }}",
    "BOTH": "{{ ti.map_index }}-{{ params.word }}",
}


@pytest.fixture(params=list(QueryLanguage))
def exporters(request: pytest.FixtureRequest, local_aws: LocalAws) -> Iterator[tuple[Exporter, Exporter]]:
    """For a run inline and one distributed: each has a queue of its own, to find its jobs in."""
    batches = new_batch(local_aws), new_batch(local_aws)
    for batch in batches:
        batch.define("-result", container={"image": "airstep/result:1"})
    machines = StateMachines(local_aws)
    inline, distributed = (Exporter(machines=machines, batch=batch, language=request.param) for batch in batches)
    yield inline, distributed
    for batch in batches:
        stop_all(batch)


def writer(exporter: Exporter, name: str, script: str, bucket: Bucket, **settings: Any) -> BatchJobOperator:
    """A job that runs a script and writes the document."""
    return BatchJobOperator(task_id=name, command=[DOCUMENT, script], **writing(exporter, bucket), **settings)


def writing(exporter: Exporter, bucket: Bucket) -> dict[str, Any]:
    """What makes a job write its document."""
    definition = f"{exporter.batch.name}-definition-result"
    return {"job_queue": exporter.batch.queue, "job_definition": definition, "result": f"s3://{bucket.name}/results"}


def pipeline(exporter: Exporter, bucket: Bucket, *, fail: str = "none") -> DAG:
    """A mapped group of two jobs between a job whose result they read and maps that follow, one over results."""
    params = {"word": Param("", type="string"), "other": Param("given", type="string")}
    with DAG("pipeline", params=params) as dag:
        before = writer(exporter, "before", "true", bucket)

        @task_group
        def group(size: str) -> None:
            """Two jobs for each size, the second of which reads what the first has written."""
            first = writer(
                exporter, "first", f'test "$SIZE" != {fail}', bucket, environment={"SIZE": size, **EVERYTHING}
            )
            given = {"SIZE": size, "FIRST": first.output["made"], **EVERYTHING}
            first >> exporter.job("second", environment=given)

        mapped = group.expand(size=["s", "m", "l"])
        environments = [{"SIZE": size, **EVERYTHING} for size in ("s", "l")]
        each = BatchJobOperator.partial(task_id="each", command=[DOCUMENT, "true"], **writing(exporter, bucket)).expand(
            environment=environments
        )
        before >> [mapped, each]

        @task_group
        def after(job_id: str) -> None:
            """A job for each job of a mapped task."""
            exporter.job("told", environment={"ID": job_id, "INDEX": "{{ ti.map_index }}"})

        plain = BatchJobOperator.partial(task_id="plain", command=["true"], **exporter.where).expand(
            environment=[{"SIZE": size} for size in ("s", "m", "l")]
        )
        mapped >> plain
        after.expand(job_id=plain.output)
    return dag


def seen(run: Run) -> dict[str, list[dict[str, str]]]:
    """The environments of a run's jobs by name, those of a name in order of their sizes, with the run's id left out."""
    run_id = str(run.execution.description["name"])
    names = {job["jobId"]: name for name, jobs in run.jobs.items() for job in jobs}

    def environment(job: dict[str, Any]) -> dict[str, str]:
        given = {
            item["name"]: names.get(item["value"], item["value"].replace(run_id, "RUN"))
            for item in job["container"]["environment"]
        }
        return {name: value for name, value in sorted(given.items()) if not name.startswith("AWS_")}

    return {
        name: sorted(map(environment, jobs), key=lambda found: found.get("SIZE", found.get("INDEX", "")))
        for name, jobs in run.jobs.items()
    }


def children(run: Run) -> list[str]:
    """The ends of the executions of a distributed map's items."""
    client = run.execution.aws.client("stepfunctions")
    runs = client.list_map_runs(executionArn=run.execution.arn)["mapRuns"]
    arns = [each["mapRunArn"] for each in runs]
    return sorted(each["status"] for arn in arns for each in client.list_executions(mapRunArn=arn)["executions"])


def both(
    exporters: tuple[Exporter, Exporter], bucket: Bucket, monkeypatch: pytest.MonkeyPatch, *, fail: str = "none"
) -> tuple[Run, Run]:
    """The run of an inline map, and that of the same map when the history is too short for it."""
    inline = exporters[0].run(pipeline(exporters[0], bucket, fail=fail), DATA)
    monkeypatch.setattr(history, "MOST", 80)
    dag = pipeline(exporters[1], bucket, fail=fail)
    told = [found.code for found in check_dag(dag, query_language=exporters[1].language)]
    assert told.count(Code.HISTORY) == 3
    return inline, exporters[1].run(dag, DATA)


def test_a_distributed_map_gives_its_jobs_what_an_inline_map_does(
    exporters: tuple[Exporter, Exporter], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    inline, distributed = both(exporters, bucket, monkeypatch)
    assert (inline.execution.status, distributed.execution.status) == ("SUCCEEDED", "SUCCEEDED")
    assert (children(inline), children(distributed)) == ([], ["SUCCEEDED"] * 8)
    assert seen(distributed) == seen(inline)
    assert [found["BOTH"] for found in seen(distributed)["second"]] == [
        f"{index}-{DATA['word']}" for index in (2, 1, 0)
    ]
    assert [found["ID"] for found in seen(distributed)["told"]] == ["plain"] * 3


def test_a_failing_item_of_a_distributed_map_ends_it_as_it_ends_an_inline_one(
    exporters: tuple[Exporter, Exporter], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    inline, distributed = both(exporters, bucket, monkeypatch, fail="m")
    assert distributed.statuses == inline.statuses
    assert distributed.statuses == {
        "before": ["SUCCEEDED"],
        "each": ["SUCCEEDED", "SUCCEEDED"],
        "first": ["FAILED", "SUCCEEDED", "SUCCEEDED"],
        "second": ["SUCCEEDED", "SUCCEEDED"],
    }
    assert (distributed.execution.status, distributed.execution.error) == ("FAILED", inline.execution.error)
    assert seen(distributed) == seen(inline)


def test_an_execution_has_no_more_events_than_were_estimated_and_not_far_fewer(
    exporters: tuple[Exporter, Exporter], bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter, _ = exporters
    with DAG("estimated") as dag:
        before = writer(exporter, "before", "true", bucket)
        each = BatchJobOperator.partial(task_id="each", command=["true"], **exporter.where)
        beside = [exporter.job("beside"), each.expand(environment=[{"N": str(number)} for number in range(5)])]
        before >> beside >> exporter.job("after")
    events = len(exporter.run(dag).execution.events)
    monkeypatch.setattr(history, "MOST", 0)
    (told,) = [found for found in check_dag(dag, query_language=exporter.language) if found.is_error]
    distributed = int(told.message.split("about ")[1].split()[0])
    items = 5 * (2 + 6 + 2)
    assert events <= distributed + items <= events + 20
