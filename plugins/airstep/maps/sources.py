"""The items of a map as a stream, from a list or from S3, in little memory however many there are.

Source of the items' form: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, assert_never

from airstep.items import DELIMITERS, SOURCES, S3Csv, S3JsonLines, S3Objects, S3Source
from airstep.maps.json_text import json_text
from airstep.maps.listing import objects_under
from airstep.results import bucket_and_key

ItemSource = S3Source | Sequence[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An item, and what tells it from the others: all of it that says whether it is still the same, as JSON text."""

    value: Any
    identity: str


def found_items(source: ItemSource, s3: Any) -> Iterator[Found]:
    """The items of a source, in its order.

    Objects are told apart by key, size and ETag, lines and rows by their number too, and equal items of a list by
    which of them it is.

    :param s3: a boto3 client.
    :raises ValueError: the source isn't what it is said to be; the message is a sentence.
    :raises botocore.exceptions.ClientError: S3 says no.
    """
    match source:
        case S3Objects():
            return islice(_objects(source, s3), _most(source))
        case S3JsonLines(uri=uri):
            return islice(_numbered(_json_lines(uri, s3)), _most(source))
        case S3Csv():
            return islice(_numbered(_rows(source, s3)), _most(source))
        case str():
            raise ValueError(f"items must be a list or an S3 source, not the text {source!r}")
        case Sequence():
            return _listed(source)
        case _:
            assert_never(source)


def source_to_json(source: ItemSource) -> Any:
    """A source as JSON: a list as it is, an S3 source as `{"S3Objects": {"bucket": …}}`."""
    if isinstance(source, S3Objects | S3JsonLines | S3Csv):
        return {type(source).__name__: {name: value for name, value in source._asdict().items() if value is not None}}
    return list(source)


def source_from_json(value: Any) -> ItemSource:
    """The source that `source_to_json` wrote.

    :raises ValueError: it wrote no such thing.
    """
    match value:
        case list():
            return value
        case dict() if len(value) == 1 and (kind := SOURCES.get(next(iter(value)))) is not None:
            try:
                return kind(**next(iter(value.values())))
            except TypeError as error:
                raise ValueError(f"items: {error}") from error
        case _:
            raise ValueError(f"items must be a list or one of {', '.join(SOURCES)}, not {json.dumps(value)[:200]}")


def _most(source: S3Source) -> int | None:
    if source.max_items is None:
        return None
    try:
        most = int(source.max_items)
    except ValueError:
        most = 0
    if most < 1:
        raise ValueError(f"max_items must be a whole number above 0, not {source.max_items!r}")
    return most


def _objects(source: S3Objects, s3: Any) -> Iterator[Found]:
    for entry in objects_under(s3, source.bucket, source.prefix):
        key, size, etag = entry["Key"], entry["Size"], entry["ETag"]
        if not key.endswith(source.suffix):
            continue
        value = {
            "Etag": etag,
            "Key": key,
            "LastModified": int(entry["LastModified"].timestamp()),
            "Size": size,
            "StorageClass": entry.get("StorageClass", "STANDARD"),
        }
        yield Found(value, f"[{json_text(key)},{size},{json_text(etag)}]")  # a text has a quicker way than a list


def _listed(items: Sequence[Any]) -> Iterator[Found]:
    seen: Counter[str] = Counter()
    for value in items:
        text = json_text(value)
        yield Found(value, f"{text} {seen[text]}")
        seen[text] += 1


def _numbered(items: Iterable[Any]) -> Iterator[Found]:
    for number, value in enumerate(items):
        yield Found(value, f"{json_text(value)} {number}")


def _json_lines(uri: str, s3: Any) -> Iterator[Any]:
    for number, line in enumerate(_text(uri, s3), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"{uri}: line {number} is no JSON: {error}") from error


def _rows(source: S3Csv, s3: Any) -> Iterator[Mapping[str, str]]:
    if source.delimiter not in DELIMITERS:
        raise ValueError(f"delimiter must be one of {' '.join(map(repr, DELIMITERS))}, not {source.delimiter!r}")
    rows = csv.reader(_text(source.uri, s3), delimiter=source.delimiter)
    headers = source.headers if source.headers is not None else next(rows, [])
    try:
        for row in rows:
            if row:
                yield dict(zip(headers, row, strict=False))
    except csv.Error as error:
        raise ValueError(f"{source.uri}: line {rows.line_num} is no CSV: {error}") from error


def _text(uri: str, s3: Any) -> Iterable[str]:
    """The lines of an object in UTF-8, gzipped or not."""
    if not uri.startswith("s3://"):
        raise ValueError(f"uri must be s3://bucket/key, not {uri!r}")
    bucket, key = bucket_and_key(uri)
    body: Any = io.BufferedReader(s3.get_object(Bucket=bucket, Key=key)["Body"], buffer_size=1 << 20)
    if body.peek(2)[:2] == b"\x1f\x8b":
        body = gzip.GzipFile(fileobj=body)
    try:
        yield from io.TextIOWrapper(body, encoding="utf-8-sig", newline="")
    except UnicodeDecodeError as error:
        raise ValueError(f"{uri} is not text in UTF-8: {error}") from error
