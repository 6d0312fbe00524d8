"""What params, dates and any text become in an exported machine, in both query languages."""

import json
from typing import Any

import pytest
from airflow.sdk import DAG, Param
from airflow.sdk.definitions._internal.templater import create_template_env
from airflow.sdk.execution_time import macros

from airstep.job import Job
from airstep.operators import ChoiceOperator
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


PARAMS = {
    "n": Param(7, type="integer"),
    "r": Param(2.5, type="number"),
    "s": Param("", type="string"),
    "b": Param(True, type="boolean"),
    "l": Param([], type="array"),
    "o": Param({}, type="object"),
}
INPUT = {"n": -7, "r": 0.5, "s": HOSTILE, "b": False, "l": [[1], None, "a"], "o": {"k": {"items": [1, "two"]}}}
IN_BOTH = {
    "ADD": "{{ params.n + 3 }}",
    "SUBTRACT": "<{{ params.n - 3 }}>",
    "JSON": "{{ params.l | tojson }}",
    "LENGTH": "{{ params.l | length }} items",
    "PART": "{{ params.o.k['items'][1] }}",
    "CONF": "{{ dag_run.conf.o.k['items'][0] }}",
    "LIST": "{{ [params.s, params.n] | join('{}') }}",
}
IN_JSONATA = {
    "UPPER": "{{ params.s | upper | trim | replace('$.x', '$1') }}",
    "CHOICE": "{{ 'on' if params.b else 'off' }}{% if params.n < 0 %}, below{% elif params.n %}, above{% endif %}",
    "BOOLEAN": "{{ params.b }} {{ not params.b }} {{ params.n in [1, -7] and params.s }}",
    "NUMBERS": "{{ params.n // 2 }} {{ params.n % 3 }} {{ params.n / 2 }} {{ params.r | round(1) }} {{ params.n * 2 }}",
    "TESTS": "{{ params.o.k is defined }} {{ params.o.x is defined }} {{ params.l[1] is none }}",
    "DEFAULTS": "{{ params.o.x | default('d') }} {{ params.s | default('d', true) }} {{ dag_run.conf.get('y', 'e') }}",
    "INT": "{{ '12.9' | int }} {{ params.s | int }} {{ params.n | string | float }}",
    "NESTED": "{{ [params.l, {'a': params.o.k['items'], 'b': [params.n]}] | tojson }}",
    "PARSED": "{{ macros.json.loads('[1, {\"a\": [2]}]')[1]['a'][0] }}",
    "METHODS": "{{ params.s.upper() }} {{ params.s.startswith('it') }}",
}


def rendered(templates: dict[str, str]) -> dict[str, str]:
    """What Airflow gives a job for the templates."""
    context = {"params": INPUT, "dag_run": {"conf": INPUT}, "macros": macros}
    return {name: create_template_env().from_string(text).render(context) for name, text in templates.items()}


def plain(found: dict[str, str]) -> dict[str, Any]:
    """The texts, and what those say that are JSON: its blanks are a query language's own."""
    return {name: json.loads(text) if name in ("JSON", "NESTED") else text for name, text in found.items()}


def test_templates_give_a_job_what_airflow_gives_it(exporter: Exporter) -> None:
    more = {QueryLanguage.JSONATA: IN_JSONATA, QueryLanguage.JSONPATH: {}}[exporter.language]
    found = values(exporter, IN_BOTH | more, INPUT, PARAMS)
    assert plain(found) == plain(rendered(IN_BOTH | more))


def test_a_number_stays_a_number_where_the_request_wants_one(exporter: Exporter) -> None:
    with DAG("sizes", params={"n": Param(1, type="integer")}) as dag:
        numbers = {"array_properties": {"size": "{{ params.n + 1 }}"}, "retry_strategy": {"attempts": "{{ params.n }}"}}
        exporter.job("array", **numbers)
    (job,) = exporter.run(dag, {"n": 2}).jobs["array"]
    assert job["arrayProperties"]["size"] == 3
    assert job["retryStrategy"]["attempts"] == 2


def test_the_results_of_a_job_reach_the_next(exporter: Exporter) -> None:
    with DAG("results") as dag:
        first = exporter.job("first")
        pulled = "{{ ti.xcom_pull(task_ids='first', key='job').%s }}"
        texts = {"ID": f"<{first.output}>", "STATUS": pulled % "status", "EXIT": pulled % "exit_code"}
        first >> exporter.job("next", environment=texts)
    run = exporter.run(dag)
    (done,), (job,) = run.jobs["first"], run.jobs["next"]
    environment = {item["name"]: item["value"] for item in job["container"]["environment"]}
    assert {name: environment[name] for name in texts} == {
        "ID": f"<{done['jobId']}>",
        "STATUS": "SUCCEEDED",
        "EXIT": "0",
    }


def test_a_jobs_times_are_those_that_airflow_has(local_aws: LocalAws, batch: Batch) -> None:
    exporter = Exporter(machines=StateMachines(local_aws), batch=batch, language=QueryLanguage.JSONATA)
    names = ("created_at", "started_at", "stopped_at", "array_size", "status_reason")
    with DAG("times") as dag:
        first = exporter.job("first")
        pulled = "{{ ti.xcom_pull(task_ids='first', key='job')['%s'] }}"
        first >> exporter.job("next", environment={name: pulled % name for name in names})
    run = exporter.run(dag)
    (done,), (job,) = run.jobs["first"], run.jobs["next"]
    found = {item["name"]: item["value"] for item in job["container"]["environment"]}
    expected = Job.from_description(done).to_xcom()
    assert {name: found[name] for name in names} == {name: str(expected[name]) for name in names}


def test_the_data_interval_is_the_inputs_or_the_logical_date(local_aws: LocalAws, batch: Batch) -> None:
    exporter = Exporter(machines=StateMachines(local_aws), batch=batch, language=QueryLanguage.JSONATA)
    texts = {
        "START": "{{ data_interval_start | ds }}",
        "END": "{{ data_interval_end.strftime('%H:%M %d.%m.%Y') }}",
        "DATE": "{{ dag_run.logical_date }}",
    }
    given = {"logical_date": "2026-03-09T12:00:00.123456+02:00", "data_interval_start": "2026-03-08T23:30:00-01:00"}
    assert values(exporter, texts, given) == {
        "START": "2026-03-09",
        "END": "10:00 09.03.2026",
        "DATE": "2026-03-09 10:00:00.123456+00:00",
    }


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


@pytest.mark.parametrize("exporter", [QueryLanguage.JSONPATH], indirect=True)
@pytest.mark.parametrize(
    ("template", "data", "problem"),
    [
        ("<{{ params.o.a }}>", {"o": {}}, "params.o.a isn't given, and a task reads it"),
        ("<{{ params.o.a }}>", {"o": "text"}, "params.o.a isn't given, and a task reads it"),
        ("{{ dag_run.conf.a }}", {}, "dag_run.conf.a isn't given, and a task reads it"),
        ("{{ ds }}", {"logical_date": "2026-03-09T00:30:00+02:00"}, "logical_date must be a date and time in UTC"),
        ("{{ ds }}", {"logical_date": "2026-03-09 00:30:00+00:00"}, "logical_date must be a date and time in UTC"),
        ("{{ ds_nodash }}", {"logical_date": 5}, "logical_date must be a date and time in UTC"),
        ("{{ ds }}", {"logical_date": "2026-03-09T00:30:00+00:00"}, None),
        ("{{ ds }}", {}, None),
        ("<{{ params.o.a }}>", {"o": {"a": None}}, None),
    ],
)
def test_what_jsonpath_can_neither_do_without_nor_fail_with_alone_is_asked_for_before_anything_runs(
    exporter: Exporter, template: str, data: Any, problem: str | None
) -> None:
    with DAG("asked", params={"o": Param({"a": "x"})}) as dag:
        exporter.job("job", environment={"X": template})
    run = exporter.run(dag, data)
    if problem is None:
        assert run.statuses == {"job": ["SUCCEEDED"]}
    else:
        assert (run.jobs, run.execution.error) == ({}, "InvalidParams")
        assert run.execution.cause.startswith(problem)


@pytest.mark.parametrize("exporter", [QueryLanguage.JSONPATH], indirect=True)
def test_what_a_condition_asks_for_may_be_missing(exporter: Exporter) -> None:
    with DAG("guarded", params={"o": Param({"a": "x"}, type="object")}) as dag:
        choice = ChoiceOperator(
            task_id="choice", choices=[("{{ params.o.a is defined }}", "given")], default="otherwise"
        )
        choice >> [exporter.job("given", environment={"X": "{{ params.o.a }}"}), exporter.job("otherwise")]
    assert exporter.run(dag, {"o": {}}).statuses == {"otherwise": ["SUCCEEDED"]}
    assert exporter.run(dag, {"o": {"a": "y"}}).jobs.keys() >= {"given"}


def test_a_param_that_may_be_null_is_not_measured_when_it_is(exporter: Exporter) -> None:
    with DAG("null", params={"x": Param(None, type=["null", "integer"], minimum=3)}) as dag:
        exporter.job("job")
    assert exporter.run(dag, {"x": None}).statuses == {"job": ["SUCCEEDED"]}
