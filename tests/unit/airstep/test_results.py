"""Results of jobs: their address, their limits, the arguments they go with, and what is read from S3."""

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from airstep.errors import JobError, ResultInvalid, ResultUnreadable, SubmissionRejected
from airstep.hooks.documents import read_result
from airstep.hooks.patience import ONCE
from airstep.job import Job
from airstep.operators import BatchJobOperator
from airstep.operators.job_run import JobRun
from airstep.operators.request import request_of
from airstep.results import MOST_BYTES, bucket_and_key, named_results, parse_result, result_uri

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JOB = Job(
    job_id="j", job_name="n", queue="q", definition="d", status="SUCCEEDED", created_at="2026-01-01T12:00:00.500+00:00"
)


class FakeS3:
    """S3 with one answer."""

    def __init__(self, answer: bytes | Exception, written_at: datetime = NOON, *, troubles: int = 0) -> None:
        self.answer, self.written_at, self.troubles = answer, written_at, troubles
        self.asked: dict[str, str] = {}

    def client(self, service: str) -> Any:
        return self

    def get_object(self, **request: str) -> dict[str, Any]:
        if self.troubles:
            self.troubles -= 1
            raise s3_error("SlowDown")
        if isinstance(self.answer, Exception):
            raise self.answer
        self.asked = request
        return {
            "Body": io.BytesIO(self.answer),
            "ContentLength": len(self.answer),
            "LastModified": self.written_at,
        }


def read(answer: bytes | Exception, written_at: datetime = NOON, **more: Any) -> Any:
    return read_result(FakeS3(answer, written_at), "s3://b/k.json", JOB, **more)  # type: ignore[arg-type]


def s3_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "words"}}, "GetObject")


def operator(**arguments: Any) -> BatchJobOperator:
    return BatchJobOperator(**{"task_id": "t", "job_definition": "d", "job_queue": "q", **arguments})


@pytest.mark.parametrize("prefix", ["s3://b/p", "s3://b/p/", "s3://b/p//"])
def test_a_result_lies_under_dag_run_and_task_whatever_slashes_end_the_prefix(prefix: str) -> None:
    assert result_uri(prefix, "dag", "run", "g.t") == "s3://b/p/dag/run/g.t.json"


def test_a_mapped_task_has_a_result_for_each_index() -> None:
    assert result_uri("s3://b", "dag", "run", "t", 3) == "s3://b/dag/run/t/3.json"


def test_an_address_is_a_bucket_and_a_key() -> None:
    assert bucket_and_key("s3://b/p/dag/run/t.json") == ("b", "p/dag/run/t.json")


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, true]}', " 3 ", '"text"', "null", "[]"])
def test_any_json_value_is_a_result(text: str) -> None:
    assert parse_result(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no JSON: Expecting value"),
        ("{'a': 1}", "is no JSON: Expecting property name"),
        ('{"a": 1} {"a": 2}', "is no JSON: Extra data"),
        ('{"a": NaN}', "is no JSON: NaN is a number in Python only"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_json_is_no_result(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_result(text)


@pytest.mark.parametrize(
    "fits",
    [json.dumps("x" * (MOST_BYTES - 6)), json.dumps(["é" * 131_067 + "xx"], ensure_ascii=False)],
    ids=["quotes count twice", "UTF-8 counts"],
)
def test_the_limit_holds_to_the_byte_as_a_json_string(fits: str) -> None:
    assert len(json.dumps(fits, ensure_ascii=False).encode()) == MOST_BYTES
    assert parse_result(fits) == json.loads(fits)
    with pytest.raises(
        ValueError,
        match="has 262,145 bytes; the most that Step Functions can hand on is 262,144, counted as a JSON string",
    ):
        parse_result(fits + " ")


def test_the_values_of_an_object_have_names_unless_these_are_taken_or_unfit() -> None:
    document = {"n": 1, "a b": 2, "job": 3, "return_value": 4, "_link_x": 5, "a/b": 6, "": 7, "..": 8}
    assert named_results(document) == {"n": 1, "a b": 2}
    assert named_results([1]) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"result": "bucket/prefix"}, "result must be an S3 URI such as 's3://bucket/prefix', not 'bucket/prefix'"),
        ({"result": "s3://"}, "result must be an S3 URI such as 's3://bucket/prefix', not 's3://'"),
        ({"result": ""}, "result must be an S3 URI"),
        ({"result": 3}, "result must be an S3 URI such as 's3://bucket/prefix', not 3"),
        ({"wait_for_completion": False}, "result needs wait_for_completion=True"),
        ({"wait_for_completion": "False"}, "result needs wait_for_completion=True"),
        ({"ecs_properties_override": {"a": 1}}, "result can't be had of a job with ecs_properties_override"),
        ({"eks_properties_override": {"a": 1}}, "result can't be had of a job with eks_properties_override"),
        ({"node_overrides": {"a": 1}}, "result can't be had of a job with node_overrides"),
        ({"environment": {"AIRSTEP_RESULT_URI": "x"}}, "environment sets AIRSTEP_RESULT_URI, which result sets"),
        (
            {"container_overrides": {"environment": [{"name": "AIRSTEP_RESULT_URI", "value": "x"}]}},
            "environment sets AIRSTEP_RESULT_URI, which result sets; leave one out",
        ),
    ],
)
def test_an_argument_that_does_not_go_with_result_is_named(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"BatchJobOperator 't': {sentence}")):
        operator(**{"result": "s3://b/p", **arguments})


def test_a_template_is_checked_when_it_is_rendered() -> None:
    made = operator(result="{{ params.where }}", wait_for_completion="{{ params.wait }}")
    made.result, made.wait_for_completion = "nowhere", "False"
    with pytest.raises(SubmissionRejected) as error:
        request_of(made, result="x")
    assert "BatchJobOperator 't': result must be an S3 URI" in str(error.value)
    assert "BatchJobOperator 't': result needs wait_for_completion=True" in str(error.value)


@pytest.mark.parametrize(
    "arguments",
    [{"environment": {"A": 1}}, {"container_overrides": {"environment": [{"name": "A", "value": "1"}]}}],
    ids=["shorthand", "container_overrides"],
)
def test_the_job_finds_the_address_behind_its_other_variables(arguments: dict[str, Any]) -> None:
    request = request_of(operator(result="s3://b/p", command=["x"], **arguments), result="s3://b/p/t.json")
    assert request["containerOverrides"]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "AIRSTEP_RESULT_URI", "value": "s3://b/p/t.json"},
    ]
    assert request["containerOverrides"]["command"] == ["x"]


def test_a_job_without_overrides_gets_the_variable_alone() -> None:
    request = request_of(operator(result="s3://b/p"), result="u")
    assert request["containerOverrides"] == {"environment": [{"name": "AIRSTEP_RESULT_URI", "value": "u"}]}


def test_the_document_is_the_result() -> None:
    assert read(b'{"n": [1]}') == {"n": [1]}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (s3_error("NoSuchKey"), "Batch job 'n' (j) succeeded, but wrote no result: there is no document at s3://b/k"),
        (b"not json", "Batch job 'n' (j) succeeded, but its result at s3://b/k.json is no JSON: Expecting value"),
        (b"\xff\xfe", "its result at s3://b/k.json is not text in UTF-8"),
        (b'"' + b"x" * 299_998 + b'"', "has 300,000 bytes; the most that Step Functions can hand on is 262,144"),
        (b'"' + b"x" * 262_140 + b'"', "has 262,146 bytes; the most that Step Functions can hand on is 262,144"),
    ],
    ids=["none", "no JSON", "no text", "far too large", "too large as a JSON string"],
)
def test_a_document_that_is_no_result_is_final(answer: bytes | Exception, words: str) -> None:
    with pytest.raises(ResultInvalid, match=re.escape(words)) as error:
        read(answer)
    assert (error.value.job, error.value.retry) == (JOB, False)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (s3_error("AccessDenied"), "can't be read (S3 says that of a missing document too, where s3:ListBucket is not"),
        (s3_error("InternalError"), "its result at s3://b/k.json can't be read: An error occurred (InternalError)"),
        (EndpointConnectionError(endpoint_url="u"), "can't be read: Could not connect"),
    ],
)
def test_trouble_with_s3_leaves_the_task_its_retries(answer: Exception, words: str) -> None:
    with pytest.raises(JobError, match=re.escape(words)) as error:
        read(answer, patience=ONCE)
    assert isinstance(error.value, ResultUnreadable)
    assert error.value.retry


def test_a_result_is_read_however_often_s3_throttles_it_before() -> None:
    s3: Any = FakeS3(b"1", troubles=2)
    assert read_result(s3, "s3://b/k.json", JOB) == 1
    assert s3.troubles == 0


def test_a_document_older_than_the_job_is_another_jobs() -> None:
    with pytest.raises(ResultInvalid, match=r"wrote no result: the document at s3://b/k\.json is older"):
        read(b"1", written_at=datetime(2026, 1, 1, 11, 59, 58, tzinfo=UTC))


class FakeHook:
    """AWS with one S3."""

    region, partition = "r", "aws"

    def __init__(self, s3: FakeS3) -> None:
        self.clients = s3


class Instance:
    """A task instance that keeps what is pushed."""

    dag_id, run_id, task_id, map_index = "d", "r", "t", -1

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, *, key: str, value: Any) -> None:
        self.pushed[key] = value


def finish(made: BatchJobOperator, s3: FakeS3, store: Any = None) -> tuple[Any, dict[str, Any]]:
    """What a task returns and pushes when its job has succeeded."""
    context: Any = {"ti": Instance(), "task_state_store": store}
    returned = JobRun(made, context, hook=FakeHook(s3)).finish(JOB)  # type: ignore[arg-type]
    del context["ti"].pushed["job"]
    return returned, context["ti"].pushed


def test_without_a_result_a_task_returns_its_jobs_id() -> None:
    assert finish(operator(), FakeS3(b"1")) == ("j", {})


def test_an_objects_values_are_pushed_by_their_keys() -> None:
    s3 = FakeS3(b'{"n": 1, "none": null, "job": 2}')
    assert finish(operator(result="s3://b/p"), s3) == ({"n": 1, "none": None, "job": 2}, {"n": 1, "none": None})
    assert s3.asked == {"Bucket": "b", "Key": "p/d/r/t.json"}


def test_nothing_is_pushed_where_nothing_is_to_be() -> None:
    assert finish(operator(result="s3://b/p", do_xcom_push=False), FakeS3(b'{"n": 1}')) == ({"n": 1}, {})


def test_the_result_is_read_where_the_job_was_told_to_write_it() -> None:
    store = {"airstep_job": {"generation": 0, "round": 1, "job_name": "n", "job_queue": "q", "result_uri": "s3://c/k"}}
    s3 = FakeS3(b"1")
    finish(operator(result="s3://b/p"), s3, store)
    assert s3.asked == {"Bucket": "c", "Key": "k"}
