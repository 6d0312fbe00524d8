"""The items of a distributed Map's ItemReader: objects of an S3 bucket, or what a JSON, JSON Lines or CSV file holds.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.stepfunctions.errors import ITEM_READER, StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import State

LIST_OBJECTS = "s3:listObjectsV2"
GET_OBJECT = "s3:getObject"
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
MOST_ITEMS = 100_000_000


async def read_items(state: State, scope: Scope, frame: Frame) -> list[Any]:
    """All items, at most MaxItems.

    :raises StatesError: States.ItemReaderFailed when there is nothing to read, or it isn't what the config says.
    """
    language = LANGUAGES[state.language]
    reader: Mapping[str, Any] = state.fields["ItemReader"]
    config: Mapping[str, Any] = reader.get("ReaderConfig") or {}
    where = "Arguments" if "Arguments" in reader else "Parameters"
    request = language.template(reader.get(where, {}), scope, field=f"ItemReader/{where}")
    most = language.value(config, "MaxItems", scope) or MOST_ITEMS
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        raise StatesError(ITEM_READER, f"MaxItems must be an integer that is not negative, not {most!r}")
    try:
        if reader["Resource"].endswith(LIST_OBJECTS):
            return await _objects(request, frame, most)
        body = await _body(request, frame)
        items = _READERS[config.get("InputType", "JSON")](body, config)
        return [item for item, _ in zip(items, range(most), strict=False)]
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise StatesError(ITEM_READER, f"Reading {request} from S3 failed: {message}") from error
    except (BotoCoreError, ValueError, UnicodeDecodeError, csv.Error) as error:
        raise StatesError(ITEM_READER, f"The items of {request} could not be read: {error}") from error


async def _objects(request: Mapping[str, Any], frame: Frame, most: int) -> list[Any]:
    aws = frame.run.engine.aws
    found: list[Any] = []
    page: dict[str, Any] = {name: value for name, value in request.items() if value is not None}
    while len(found) < most:
        answer = await aws.call("s3", "ListObjectsV2", page, region=frame.run.region)
        for entry in answer.get("Contents", ()):
            found.append(
                {
                    "Etag": entry["ETag"],
                    "Key": entry["Key"],
                    "LastModified": int(entry["LastModified"].timestamp()),
                    "Size": entry["Size"],
                    "StorageClass": entry.get("StorageClass", "STANDARD"),
                }
            )
        if not answer.get("IsTruncated"):
            break
        page["ContinuationToken"] = answer["NextContinuationToken"]
    return found[:most]


async def _body(request: Mapping[str, Any], frame: Frame) -> str:
    answer = await frame.run.engine.aws.call("s3", "GetObject", request, region=frame.run.region)
    data: bytes = answer["Body"].read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data.decode("utf-8-sig")


def _json(body: str, config: Mapping[str, Any]) -> Iterator[Any]:
    items = json.loads(body)
    for step in config.get("ItemsPointer", "").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            items = items[int(name)] if isinstance(items, list) else items[name]
        except (KeyError, IndexError, TypeError) as error:
            raise ValueError(f"ItemsPointer {config['ItemsPointer']} selects nothing") from error
    if isinstance(items, dict):
        return iter([{"Key": key, "Value": value} for key, value in items.items()])
    if not isinstance(items, list):
        raise ValueError("the file must hold a JSON array")
    return iter(items)


def _lines(body: str, _: Mapping[str, Any]) -> Iterator[Any]:
    return (json.loads(line) for line in body.splitlines() if line.strip())


def _csv(body: str, config: Mapping[str, Any]) -> Iterator[Any]:
    rows = csv.reader(io.StringIO(body), delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    headers = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else next(rows, [])
    for row in rows:
        if row:
            yield dict(zip(headers, row, strict=False))


_READERS: Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[Any]]] = {
    "JSON": _json,
    "JSONL": _lines,
    "CSV": _csv,
}
INPUT_TYPES = tuple(_READERS)
CSV_DELIMITERS = tuple(_DELIMITERS)
