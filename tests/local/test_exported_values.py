"""What params, dates and any text become in an exported machine, in both query languages."""

from typing import Any

import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.definitions._internal.templater import create_template_env

from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import Batch
from tests.local.exported import Exporter
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines

HOSTILE = 'it\'s "quoted" \\ $.x $$ [0] `b` %} & ~ \n\t caf\u00e9 \U0001f3ac <>'


@pytest.fixture(params=list(QueryLanguage))
def exporter(request: pytest.FixtureRequest, local_aws: LocalAws, batch: Batch) -> Exporter:
    return Exporter(machines=StateMachines(local_aws), batch=batch, language=request.param)


def values(exporter: Exporter, templates: dict[str, str], data: Any, params: dict[str, Param] | None = None) -> Any:
    """The environment that a job gets for templates by name."""
    with DAG("values", params=params) as dag:
        exporter.job("job", environment=templates)
    run = exporter.run(dag, data)
    assert run.execution.output == {}
    environment = run.jobs["job"][0]["container"]["environment"]
    return {item["name"]: item["value"] for item in environment if item["name"] in templates}


def test_params_have_their_defaults_unless_the_input_says_otherwise(exporter: Exporter) -> None:
    params = {"a": Param("one", type="string"), "b": Param(2, type="integer"), "c": Param("three", type="string")}
    found = values(
        exporter, {"A": "{{ params.a }}", "B": "<{{ params.b }}>", "C": "{{ params.c }}"}, {"c": "new"}, params
    )
    assert found == {"A": "one", "B": "<2>", "C": "new"}


def test_any_text_around_and_in_a_param_reaches_the_job_unchanged(exporter: Exporter) -> None:
    params = {"x": Param("", type="string")}
    template = HOSTILE + "{{ params.x }}" + HOSTILE
    found = values(exporter, {"PLAIN": HOSTILE, "MIXED": template}, {"x": HOSTILE + "{}\\"}, params)
    expected = create_template_env().from_string(template).render(params={"x": HOSTILE + "{}\\"})
    assert found == {"PLAIN": HOSTILE, "MIXED": expected}


def test_braces_beside_a_param_reach_the_job_unchanged(exporter: Exporter) -> None:
    found = values(exporter, {"MIXED": "{} {a} {{ params.x }} }"}, {}, {"x": Param("v", type="string")})
    assert found == {"MIXED": "{} {a} v }"}


def test_the_logical_date_is_the_inputs(exporter: Exporter) -> None:
    found = values(
        exporter, {"DS": "{{ ds }}", "PLAIN": "d={{ ds_nodash }}"}, {"logical_date": "2026-03-09T12:00:00+00:00"}
    )
    assert found == {"DS": "2026-03-09", "PLAIN": "d=20260309"}


def test_conf_is_the_input(exporter: Exporter) -> None:
    found = values(
        exporter,
        {"A": "{{ dag_run.conf.a.b[1] }}", "B": "x{{ dag_run.conf['k k'] }}"},
        {"a": {"b": [0, "v"]}, "k k": 7},
    )
    assert found == {"A": "v", "B": "x7"}


def test_the_run_id_is_the_executions_name(exporter: Exporter) -> None:
    found = values(exporter, {"RUN": "{{ run_id }}"}, {})
    assert len(found["RUN"]) > 5


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "param 'must' must be given"),
        ({"must": 3}, "param 'must' must be of type string"),
        ({"must": "x", "size": "big"}, "param 'size' must be of type integer"),
        ({"must": "x", "size": 0}, "param 'size' breaks its rule minimum 1"),
        ({"must": "x", "kind": "c"}, "param 'kind' breaks its rule enum ['a', 'b']"),
    ],
)
def test_params_that_airflow_would_refuse_fail_the_execution_before_any_job(
    exporter: Exporter, data: Any, problem: str
) -> None:
    params = {
        "must": Param(type="string"),
        "size": Param(2, type="integer", minimum=1),
        "kind": Param("a", type="string", enum=["a", "b"]),
    }
    with DAG("checked", params=params) as dag:
        exporter.job("job")
    run = exporter.run(dag, data)
    assert run.jobs == {}
    assert (run.execution.error, run.execution.cause) == ("InvalidParams", problem)


def test_a_whole_number_that_jsonata_would_round_fails_the_execution_and_jsonpath_keeps_it(exporter: Exporter) -> None:
    params = {"x": Param(1, type=["null", "integer"])}
    with DAG("large", params=params) as dag:
        exporter.job("job", environment={"X": "{{ params.x }}"})
    run = exporter.run(dag, {"x": 1234567890123456789})
    if_jsonata = ("InvalidParams", "param 'x' has more than 15 digits: declare and give it as a string", 0)
    expected = {QueryLanguage.JSONATA: if_jsonata, QueryLanguage.JSONPATH: (None, None, 1)}
    description = run.execution.description
    assert (description.get("error"), description.get("cause"), len(run.jobs)) == expected[exporter.language]


def test_a_param_that_may_be_null_is_not_measured_when_it_is(exporter: Exporter) -> None:
    with DAG("null", params={"x": Param(None, type=["null", "integer"], minimum=3)}) as dag:
        exporter.job("job")
    assert exporter.run(dag, {"x": None}).statuses == {"job": ["SUCCEEDED"]}
