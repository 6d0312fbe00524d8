"""Text that means something to a query language, to Jinja or to JSON changes nothing of what a machine does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk import DAG, Param, literal, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator
from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import new_batch, stop_all
from tests.local.exported import Exporter, Run
from tests.local.local_aws_server import LocalAws
from tests.local.s3_bucket import Bucket
from tests.local.state_machines import StateMachines

HOSTILE = "it's \"quoted\" \\ $.x $$ [0] `b` {% %} {{ }} & ~ \n\t caf\u00e9 \U0001f3ac <> States.Format('{}')"
# In a template, between double quotes.
LITERAL = HOSTILE.encode("unicode_escape").decode().replace('"', '\\"')
KEYS = ["plain", "k.$", "x y", "$", "[0]", "é\U0001f3ac", "it's", 'a "b"']
# JSONPath refuses names with quotes.
SAYABLE = {QueryLanguage.JSONATA: KEYS, QueryLanguage.JSONPATH: KEYS[:-2]}
# Ids of which all but the first would give the same name of a variable, or the same 80 characters.
IDS = ["first", "a.b", "a-b", "a_b", "caf\u00e9", "caf\u00e8", "x" * 249 + "1", "x" * 249 + "2"]


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws) -> Iterator[Exporter]:
    batch = new_batch(local_aws)
    batch.define("-result", container={"image": "airstep/result:1"})
    yield Exporter(machines=StateMachines(local_aws), batch=batch, language=request.param)
    stop_all(batch)


def writer(exporter: Exporter, bucket: Bucket, name: str, document: Any, **settings: Any) -> BatchJobOperator:
    """A job that writes a document."""
    return BatchJobOperator(
        task_id=name,
        job_name=settings.pop("job_name", "writer"),
        job_queue=exporter.batch.queue,
        job_definition=f"{exporter.batch.name}-definition-result",
        command=[literal(json.dumps(document)), "true"],
        result=f"s3://{bucket.name}/pre-fix/{HOSTILE[:4]}",
        **settings,
    )


def environment(run: Run, name: str) -> list[dict[str, str]]:
    """What the jobs of a name were given, in the order of their indexes."""
    found = [{item["name"]: item["value"] for item in job["container"]["environment"]} for job in run.jobs[name]]
    return sorted(found, key=lambda each: each.get("INDEX", ""))


def test_a_choice_compares_any_text_with_any_other(exporter: Exporter) -> None:
    with DAG("choice", params={"x": Param("", type="string"), "x.y $z": Param("", type="string")}) as dag:
        choice = ChoiceOperator(
            task_id="choice",
            task_display_name=HOSTILE,
            choices=[
                ('{{ params.x == "' + LITERAL + ' " }}', "other"),
                ('{{ params["x.y $z"] != params.x }}', "other"),
                ('{{ params.x == "' + LITERAL + '" }}', "same"),
            ],
            default="other",
        )
        choice >> [exporter.job("same", task_display_name=HOSTILE, job_name="same"), exporter.job("other")]
    run = exporter.run(dag, {"x": HOSTILE, "x.y $z": HOSTILE})
    assert run.execution.status == "SUCCEEDED"
    assert list(run.jobs) == ["same"]


def test_any_key_and_text_of_a_result_reaches_a_job_unchanged(exporter: Exporter, bucket: Bucket) -> None:
    keys = SAYABLE[exporter.language]
    document = {key: f"{key} {HOSTILE}" for key in keys}
    with DAG("results") as dag:
        given = writer(exporter, bucket, "given", document)
        outputs = {f"OUTPUT_{number}": given.output[key] for number, key in enumerate(keys)}
        pulled = {
            f"PULLED_{number}": f"<{{{{ ti.xcom_pull('given')[{json.dumps(key, ensure_ascii=False)}] }}}}>"
            for number, key in enumerate(keys)
        }
        given >> exporter.job("reader", environment={**outputs, **pulled})
    (found,) = environment(exporter.run(dag), "reader")
    assert [found[f"OUTPUT_{number}"] for number, _ in enumerate(keys)] == list(document.values())
    assert [found[f"PULLED_{number}"] for number, _ in enumerate(keys)] == [f"<{text}>" for text in document.values()]


def test_items_of_any_text_reach_their_jobs_unchanged(exporter: Exporter, bucket: Bucket) -> None:
    items = [HOSTILE, "", "{}", "{% 1 %}", "$.x", "States.UUID()", "$$.Execution.Id", "null"]
    with DAG("items") as dag:
        given = writer(exporter, bucket, "given", items)

        @task_group
        def group(text: str) -> None:
            exporter.job("each", environment={"TEXT": text, "INDEX": "{{ ti.map_index }}"})

        group.expand(text=given.output)
        BatchJobOperator.partial(task_id="static", command=["true"], **exporter.where).expand(
            environment=[{"TEXT": literal(text), "INDEX": "{{ ti.map_index }}"} for text in items]
        )
    run = exporter.run(dag)
    assert run.execution.status == "SUCCEEDED"
    assert [found["TEXT"] for found in environment(run, "each")] == items
    assert [found["TEXT"] for found in environment(run, "static")] == items


def test_results_of_tasks_with_ids_that_look_alike_stay_apart(exporter: Exporter, bucket: Bucket) -> None:
    with DAG("ids") as dag:
        tasks = [writer(exporter, bucket, name, {"number": number}) for number, name in enumerate(IDS)]
        reads = {f"NUMBER_{number}": task.output["number"] for number, task in enumerate(tasks)}
        pulls = {f"PULLED_{number}": f"{{{{ ti.xcom_pull('{name}').number }}}}" for number, name in enumerate(IDS)}
        tasks >> exporter.job("reader", environment={**reads, **pulls})
    run = exporter.run(dag)
    assert run.execution.status == "SUCCEEDED"
    (found,) = environment(run, "reader")
    assert [found[f"NUMBER_{number}"] for number, _ in enumerate(IDS)] == [str(number) for number, _ in enumerate(IDS)]
    assert [found[f"PULLED_{number}"] for number, _ in enumerate(IDS)] == [str(number) for number, _ in enumerate(IDS)]


def test_a_failing_task_with_a_long_id_lets_those_beside_finish_and_skips_what_follows(exporter: Exporter) -> None:
    with DAG("failing") as dag:
        bad = exporter.job(IDS[-1], "exit 3", job_name="bad")
        good = exporter.job(IDS[-2], job_name="good")
        bad >> exporter.job("after_bad")
        [bad, good] >> exporter.job("cleaned", trigger_rule="all_done")
        [bad, good] >> exporter.job("never")
    run = exporter.run(dag)
    assert run.statuses == {"bad": ["FAILED"], "cleaned": ["SUCCEEDED"], "good": ["SUCCEEDED"]}
    assert run.execution.status == "FAILED"
