"""The JSON documents that jobs write as their tasks' results."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from airstep.results import RESULT_VARIABLE, bucket_and_key
from asl_export.verify.jobs import Job
from asl_export.verify.session import Session


def read_results(session: Session, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs, each that succeeded with the document it wrote; a document that is no JSON is its text."""
    places = {job.id: job.request.get("environment", {}).get(RESULT_VARIABLE) for job in jobs}
    wanted = {job for job in places if places[job]}
    if not wanted:
        return tuple(jobs)
    client = session.client("s3")
    return tuple(
        replace(job, result=_documents(client, places[job.id]))
        if job.id in wanted and job.status == "SUCCEEDED"
        else job
        for job in jobs
    )


def _documents(client: Any, uri: str) -> tuple[Any, ...]:
    bucket, key = bucket_and_key(uri)
    try:
        text = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode(errors="replace")
    except (client.exceptions.NoSuchKey, client.exceptions.NoSuchBucket):
        return ()
    try:
        return (json.loads(text),)
    except ValueError:
        return (text,)
