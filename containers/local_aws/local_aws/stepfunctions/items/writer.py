"""ResultWriter: what the children of a distributed Map came to, in files of an S3 bucket with a manifest.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.stepfunctions.errors import RESULT_WRITER, StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame
from local_aws.stepfunctions.items.map_run import Child, MapRun
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import State
from local_aws.stepfunctions.shapes import compact_json, iso_time

_FILES = {"SUCCEEDED": ("SUCCEEDED",), "FAILED": ("FAILED", "TIMED_OUT", "ABORTED"), "PENDING": ("PENDING",)}
_RECORD = (
    "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "Error", "Cause", "RedriveCount",
    "StartDate", "StateMachineArn", "Status", "StopDate",
)  # fmt: skip
PUT_OBJECT = "s3:putObject"
TRANSFORMATIONS = ("NONE", "COMPACT", "FLATTEN")
OUTPUT_TYPES = ("JSON", "JSONL")


def exports(state: State) -> bool:
    """Whether the results go to S3."""
    return "Resource" in (state.fields.get("ResultWriter") or {})


def state_result(state: State, run: MapRun) -> list[Any]:
    """The results of all children in the items' order, for a Map that doesn't export them."""
    config = (state.fields.get("ResultWriter") or {}).get("WriterConfig") or {}
    children = [run.children[index] for index in sorted(run.children)]
    return list(_transformed(children, config.get("Transformation", "COMPACT")))


async def write_results(state: State, scope: Scope, frame: Frame, run: MapRun) -> dict[str, Any]:
    """The state's result once the files are written: the Map Run and where its manifest is.

    :raises StatesError: States.ResultWriterFailed when S3 takes them not.
    """
    writer: Mapping[str, Any] = state.fields["ResultWriter"]
    where = "Arguments" if "Arguments" in writer else "Parameters"
    target = LANGUAGES[state.language].template(writer.get(where, {}), scope, field=f"ResultWriter/{where}")
    config = {"Transformation": "NONE", "OutputType": "JSON", **(writer.get("WriterConfig") or {})}
    prefix = (target.get("Prefix") or "").strip("/")
    folder = "/".join(part for part in (prefix, run.arn.rsplit(":", 1)[-1]) if part)
    files: dict[str, list[dict[str, Any]]] = {}
    try:
        for name, statuses in _FILES.items():
            records = list(_records(run, statuses, config["Transformation"]))
            body = _encoded(records, config["OutputType"])
            key = f"{folder}/{name}_0.{config['OutputType'].lower()}"
            files[name] = [{"Key": key, "Size": len(body)}] if records else []
            if records:
                await _put(frame, target, key, body)
        manifest = {"DestinationBucket": target["Bucket"], "MapRunArn": run.arn, "ResultFiles": files}
        await _put(frame, target, f"{folder}/manifest.json", compact_json(manifest).encode())
    except (ClientError, BotoCoreError) as error:
        raise StatesError(RESULT_WRITER, f"Writing the results to {target} failed: {error}") from error
    run.written = len(run.children)
    details = {"Bucket": target["Bucket"], "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": run.arn, "ResultWriterDetails": details}


async def _put(frame: Frame, target: Mapping[str, Any], key: str, body: bytes) -> None:
    request = {"Bucket": target["Bucket"], "Key": key, "Body": body, "ContentType": "application/json"}
    await frame.run.engine.aws.call("s3", "PutObject", request, region=frame.run.region)


def _records(run: MapRun, statuses: Sequence[str], transformation: str) -> Iterator[Any]:
    if statuses == ("PENDING",):
        for index, given in enumerate(run.inputs):
            if index not in run.children:
                yield {"Input": compact_json(given.data), "Status": "PENDING"}
        return
    children = [child for _, child in sorted(run.children.items()) if child.status in statuses]
    yield from _transformed(children, transformation)


def _transformed(children: Sequence[Child], transformation: str) -> Iterator[Any]:
    for child in children:
        # A failed child is told of in full, whatever the transformation.
        if transformation == "NONE" or child.status != "SUCCEEDED":
            yield _record(child)
            continue
        output = json.loads(child.output or "null")
        if transformation == "FLATTEN" and isinstance(output, list):
            yield from output
        else:
            yield output


def _record(child: Child) -> dict[str, Any]:
    described = child.to_description()
    record: dict[str, Any] = {name: described.get(f"{name[:1].lower()}{name[1:]}") for name in _RECORD}
    for name in ("InputDetails", "OutputDetails"):
        record[name] = {"Included": True} if record[name] else None
    for name in ("StartDate", "StopDate"):
        record[name] = iso_time(record[name]) if record[name] else None
    return {name: value for name, value in record.items() if value is not None}


def _encoded(records: Sequence[Any], output_type: str) -> bytes:
    if output_type == "JSONL":
        return "".join(f"{compact_json(record)}\n" for record in records).encode()
    return compact_json(list(records)).encode()
