"""The documents that jobs write as their results are read from S3 for the comparison."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from asl_export.verify.jobs import Job
from asl_export.verify.results import read_results
from asl_export.verify.session import Session, child_environment
from tests.local.local_aws_server import LocalAws
from tests.unit.verify.runs import failed, job

BUCKET = "verify-results"


@pytest.fixture(name="session")
def a_session(local_aws: LocalAws, tmp_path: Path) -> Session:
    local_aws.client("s3").create_bucket(Bucket=BUCKET)
    return Session(endpoint=local_aws.endpoint, folder=tmp_path, environment=child_environment(local_aws.endpoint))


def writes(name: str) -> dict[str, Any]:
    return {"request": {"environment": {"AIRSTEP_RESULT_URI": f"s3://{BUCKET}/run/{name}.json"}}}


def results(session: Session, *jobs: Job) -> list[tuple[Any, ...]]:
    return [found.result for found in read_results(session, jobs)]


def test_a_document_is_its_value_and_one_that_is_no_json_its_text(session: Session) -> None:
    s3 = session.client("s3")
    s3.put_object(Bucket=BUCKET, Key="run/a.json", Body=b'{"n": [1, null]}')
    s3.put_object(Bucket=BUCKET, Key="run/b.json", Body=b"done")
    assert results(session, job("a", **writes("a")), job("b", **writes("b"))) == [({"n": [1, None]},), ("done",)]


def test_a_job_that_wrote_none_or_failed_has_none(session: Session) -> None:
    session.client("s3").put_object(Bucket=BUCKET, Key="run/c.json", Body=b"1")
    assert results(session, job("gone", **writes("gone")), failed("c", **writes("c")), job("plain")) == [(), (), ()]


def test_where_no_job_writes_a_result_s3_is_not_asked(tmp_path: Path) -> None:
    nowhere = Session(endpoint="http://127.0.0.1:1", folder=tmp_path, environment=dict(os.environ))
    assert results(nowhere, job("a")) == [()]
