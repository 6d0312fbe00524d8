"""`S3KeySensor`: asks for an object until it is there.

An answer to HEAD has no body that could say what is missing. `S3.NoSuchKeyException` is what Step Functions' SDK makes
of its 404, and the other two are the model's names for one. Airflow goes on waiting without the bucket, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from asl_export.diagnostics import Code, Diagnostic, Location, Severity
from asl_export.frontend.readers.aws import AWS_SETTINGS, invalid, switch, text
from asl_export.frontend.readers.reading import PollReading
from asl_export.frontend.readers.sensor import POLL_SETTINGS, check_poll, whole_interval
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused
from asl_export.frontend.template_scope import Scope
from asl_export.ir.s3 import hook_place
from asl_export.ir.values import Document, Format, Literal, Value

_PATTERN = "Step Functions asks for one object by its name"
S3_KEY_SETTINGS: Mapping[str, Setting] = {
    **AWS_SETTINGS,
    **POLL_SETTINGS,
    "bucket_key": HONOURED,
    "bucket_name": HONOURED,
    "wildcard_match": refused(_PATTERN, "name the object", default=False),
    "use_regex": refused(_PATTERN, "name the object", default=False),
    "check_fn": refused("it is Python, which a state machine doesn't run", "check the object in a job that follows"),
    # Handed to check_fn only.
    "metadata_keys": HARMLESS,
}
_MISSING = ("S3.NoSuchKeyException", "S3.NoSuchBucketException", "S3.NotFoundException")


def read_s3_key(attributes: Mapping[str, Document], scope: Scope) -> PollReading:
    """The objects of an operator's attributes, asked for one after the other.

    :raises RefusalError: for a key that Airflow doesn't take either.
    """
    del scope
    keys = attributes["bucket_key"]
    bucket = attributes.get("bucket_name")
    places = [_place(key, bucket) for key in (keys if isinstance(keys, list) else [keys])]
    if not places:
        raise invalid("bucket_key", "bucket_key is an empty list", why="there is nothing to wait for")
    return PollReading(
        resource="arn:aws:states:::aws-sdk:s3:headObject",
        argument="bucket_key",
        arguments=places,
        missing=_MISSING,
        interval=whole_interval(_seconds("poke_interval", attributes)),
        timeout=whole_interval(_seconds("timeout", attributes)),
        soft_fail=switch("soft_fail", attributes.get("soft_fail"), default=False),
    )


def check_s3_key(task: Any, where: Location) -> Iterator[Diagnostic]:
    """As `check_poll`, and a warning for several keys."""
    yield from check_poll(task, where)
    if isinstance(task.bucket_key, list | tuple) and len(task.bucket_key) > 1:
        yield Diagnostic(
            code=Code.IGNORED_SETTING,
            message=f"{len(task.bucket_key)} keys are waited for one after the other, each for the timeout",
            location=replace(where, field="bucket_key"),
            why="Airflow asks for all of them each time, and stops waiting for all together",
            fix="nothing, if that is fine; else write a sensor for each key",
            severity=Severity.WARNING,
        )


def _seconds(name: str, attributes: Mapping[str, Document]) -> float:
    match attributes.get(name):
        case Literal(value=int() | float() as seconds):
            return seconds
        case _:
            raise invalid(name, f"{name} must be a number", why="the state machine says it once, for all runs")


def _place(key: Document, bucket: Document) -> Mapping[str, Document]:
    """The bucket and key, as `S3Hook.get_s3_bucket_key` takes them.

    :raises RefusalError: for what it doesn't take, and for URLs of other forms than s3://bucket/key.
    """
    place = _parts(text("bucket_key", key), bucket)
    if Literal(value="") in (place["Bucket"], place["Key"]):
        raise invalid(
            "bucket_key",
            "bucket_key names no object",
            why="S3 has no bucket and no key without letters, and Airflow fails with one",
            fix="write s3://bucket/key",
        )
    return place


def _parts(value: Value, bucket: Document) -> Mapping[str, Value]:
    if bucket is not None:
        if _start(value) is not None and urlsplit(_start(value) or "").scheme:
            raise invalid(
                "bucket_key",
                "bucket_key is a URL, and bucket_name is given",
                why="Airflow fails with both",
                fix="leave bucket_name out",
            )
        return {"Bucket": text("bucket_name", bucket), "Key": value}
    start = _start(value)
    if start is not None and not start.startswith("s3://"):
        raise invalid(
            "bucket_key",
            f"bucket_key {start!r} doesn't say the bucket as s3://bucket/key",
            why="without bucket_name the key must name it",
            fix="give bucket_name, or write s3://bucket/key",
        )
    return _known_place(value.value) if isinstance(value, Literal) else hook_place(value)


def _known_place(uri: str) -> Mapping[str, Value]:
    """The bucket and key of a URI, taken apart as `S3Hook.parse_s3_url` does."""
    try:
        parts = urlsplit(uri, allow_fragments=False)
    except ValueError as error:
        raise invalid("bucket_key", f"bucket_key is no URL: {error}", why="Airflow can't take it apart") from error
    return {"Bucket": Literal(value=parts.netloc), "Key": Literal(value=parts.path.lstrip("/"))}


def _start(value: Value) -> str | None:
    """The text that a value starts with, as far as it is known."""
    match value:
        case Literal(value=str() as known) | Format(parts=[Literal(value=str() as known), *_]):
            return known
        case _:
            return None
