"""The documents that jobs write to S3.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from airstep.errors import ResultInvalid, ResultUnreadable
from airstep.hooks.aws import Clients
from airstep.hooks.patience import PATIENT, Patience, patiently
from airstep.job import Job
from airstep.results import MOST_BYTES, bucket_and_key, parse_result, too_large

_MISSING = {"NoSuchKey", "404", "NotFound"}


_CLOCKS_DIFFER = timedelta(seconds=2)


def read_result(clients: Clients, uri: str, job: Job, *, patience: Patience = PATIENT) -> Any:
    """The value of the document that a job wrote at `s3://bucket/key`.

    :param patience: how long the reading outlasts throttling and outages of S3.
    :raises ResultInvalid: it wrote none, no JSON, or too much of it. A document that is older than the job was written
        by another one: before the task was cleared, or in an earlier try.
    :raises ResultUnreadable: S3 doesn't give it.
    """
    who = f"Batch job {job.job_name!r} ({job.job_id}) succeeded, but"
    try:
        text, written_at = patiently(lambda: _read(clients, uri), f"GetObject of {uri}", patience)
        value = parse_result(text)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _MISSING:
            raise ResultInvalid(f"{who} wrote no result: there is no document at {uri}", job=job) from error
        raise ResultUnreadable(f"{who} its result at {uri} can't be read{_hint(code)}: {error}", job=job) from error
    except UnicodeDecodeError as error:
        raise ResultInvalid(f"{who} its result at {uri} is not text in UTF-8: {error}", job=job) from error
    except ValueError as error:
        raise ResultInvalid(f"{who} its result at {uri} {error}", job=job) from error
    except (BotoCoreError, OSError) as error:
        raise ResultUnreadable(f"{who} its result at {uri} can't be read: {error}", job=job) from error
    if job.created_at and written_at + _CLOCKS_DIFFER < datetime.fromisoformat(job.created_at):
        raise ResultInvalid(f"{who} wrote no result: the document at {uri} is older than the job", job=job)
    return value


def _read(clients: Clients, uri: str) -> tuple[str, datetime]:
    """A document's text and when it was written.

    :raises ValueError: it is too large to be read at all; the message is the end of a sentence.
    """
    bucket, key = bucket_and_key(uri)
    answer: Any = clients.client("s3").get_object(Bucket=bucket, Key=key)
    if answer["ContentLength"] > MOST_BYTES:
        raise ValueError(too_large(answer["ContentLength"]))
    return answer["Body"].read().decode(), answer["LastModified"]


def _hint(code: str) -> str:
    denied = " (S3 says that of a missing document too, where s3:ListBucket is not allowed)"
    return denied if code in ("AccessDenied", "403", "Forbidden") else ""
