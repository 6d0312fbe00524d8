"""An S3KeySensor of a machine asks for the bucket and key that Airflow's S3Hook finds in the same URI."""

from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG, Param

from asl_export.diagnostics import ExportError
from asl_export.pipeline import QueryLanguage, export_dag
from tests.unit.asl_export.evaluation import Original, run_jsonata, run_jsonpath

KNOWN = ["s3://b/a/x", "s3://b//a/x", "s3://b///a//x/", "s3://b/a?x", "s3://b/a#x?y#z", "s3://b/a\nb"]
TEMPLATES = [
    "s3://b/{x}",
    "s3://b/{x}/film.mp4",
    "s3://b//{x}{x}",
    "s3://b/in/{x}/film.mp4",
    "s3://b/in?{x}",
    "s3://b/in/{x}?y/z",
    "s3://{b}/in/{x}",
    "s3://{b}//{x}",
    "s3://{u}/{x}",
    "{u2}/{x}",
]
VALUES = ["in", "/in", "///in//x/", "a?b", "/?b", "a#b", "é ?\n?", "in/"]
NAMES = {"{x}": "x", "{b}": "bucket", "{u}": "where", "{u2}": "uri"}
GIVEN = {"bucket": "b", "where": "b/c", "uri": "s3://b"}


def asked(bucket_key: str, language: QueryLanguage) -> dict[str, Any]:
    """The arguments of a sensor's state."""
    params: dict[str, Any] = {name: Param("", type="string") for name in ("x", *GIVEN)}
    with DAG("d", params=params) as dag:
        S3KeySensor(task_id="t", bucket_key=bucket_key, timeout=3600)
    states = export_dag(dag, query_language=language).definition["States"].values()
    (state,) = [state for state in states if state["Type"] == "Task"]
    return dict(state.get("Arguments") or state["Parameters"])


def filled(template: str, values: dict[str, str]) -> str:
    for mark, name in NAMES.items():
        template = template.replace(mark, values[name])
    return template


def templated(template: str) -> str:
    return filled(template, {name: f"{{{{ params.{name} }}}}" for name in NAMES.values()})


@pytest.mark.parametrize("uri", KNOWN)
@pytest.mark.parametrize("language", QueryLanguage)
def test_a_uri_that_is_known_is_taken_apart_as_airflow_does(uri: str, language: QueryLanguage) -> None:
    found = asked(uri, language)
    assert (found["Bucket"], found["Key"]) == S3Hook.parse_s3_url(uri)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_uri_of_the_run_is_taken_apart_as_airflow_does(template: str, original: Original) -> None:
    arguments = asked(templated(template), QueryLanguage.JSONATA)
    for value in VALUES:
        values = {"x": value, **GIVEN}
        bucket, key = S3Hook.parse_s3_url(filled(template, values).replace("\n", "~"))
        found = run_jsonata(arguments, {"params": values}, {})
        assert found == {"Bucket": bucket, "Key": key.replace("~", "\n")}
        if str(arguments["Key"]).startswith("{%"):
            assert original.value(arguments["Key"][2:-2], {"params": values}) == found["Key"]


@pytest.mark.parametrize("template", ["s3://b/in/{x}/film.mp4", "s3://b/in/{x}?y/z", "s3://{b}/in/{x}"])
def test_jsonpath_leaves_out_what_follows_a_question_mark(template: str) -> None:
    arguments = asked(templated(template), QueryLanguage.JSONPATH)
    for value in VALUES:
        values = {"x": value, **GIVEN}
        found = run_jsonpath(arguments["Key.$"], {"params": values}, {})
        assert found.replace("\n", "~") == S3Hook.parse_s3_url(filled(template, values).replace("\n", "~"))[1]


@pytest.mark.parametrize("uri", ["s3://b/{{ params.x }}", "s3://b//{{ params.x }}/y", "s3://{{ params.bucket }}"])
def test_jsonpath_refuses_a_key_that_may_start_with_slashes(uri: str) -> None:
    with pytest.raises(ExportError, match="query-language"):
        asked(uri, QueryLanguage.JSONPATH)


@pytest.mark.parametrize("uri", ["s3://b/{{ run_id }}/x", "s3://b/{{ ds }}/x"])
def test_what_has_no_slash_is_written_as_it_is(uri: str) -> None:
    assert "Split(" not in asked(uri, QueryLanguage.JSONPATH)["Key.$"].replace("StringSplit($params.logical_date", "")
