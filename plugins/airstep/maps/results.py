"""What became of a map's items, written to S3 as a distributed Map's ResultWriter writes it.

    manifest.json      {"DestinationBucket": …, "MapRunArn": …, "ResultFiles": {"FAILED": [{"Key": …, "Size": …}], …}}
    SUCCEEDED_0.json   [{"Name": id, "Input": the item as JSON text, "InputDetails": …, "Status": "SUCCEEDED"}, …]
    FAILED_0.json      the same with "Error" and "Cause"; PENDING_0.json: the items that were never begun

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from airstep.maps.ends import ItemEnd, ItemStatus
from airstep.maps.json_text import json_text
from airstep.results import bucket_and_key

_MOST_RECORDS = 20_000
"""Records of a file: as many as make it a few megabytes, which are in memory at a time."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How the items of a map ended, where that is written in full, and the first failures in words."""

    items: int
    succeeded: int
    failed: int
    pending: int
    manifest: str
    failures: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The counts and the manifest, as the task's return value."""
        return {name: getattr(self, name) for name in ("items", "succeeded", "failed", "pending", "manifest")}


class ResultsWriter:
    """Writes what became of the items, a file in memory at a time.

    :param folder: `s3://bucket/prefix`, where the files go.
    :param run: what stands in the manifest for the ARN of a Map Run.
    """

    def __init__(self, s3: Any, folder: str, *, run: str) -> None:
        self._s3 = s3
        self._bucket, self._prefix = bucket_and_key(folder)
        self._run = run
        self._records: dict[ItemStatus, list[str]] = {status: [] for status in ItemStatus}
        self._files: dict[ItemStatus, list[dict[str, Any]]] = {status: [] for status in ItemStatus}
        self._counts: Counter[ItemStatus] = Counter()
        self._failures: list[str] = []

    def add(self, end: ItemEnd) -> None:
        """Take in how an item ended."""
        records = self._records[end.status]
        records.append(_record(end))
        self._counts[end.status] += 1
        if end.status is ItemStatus.FAILED and len(self._failures) < _SHOWN:
            self._failures.append(f"{json_text(end.item.value)}: {end.reason}")
        if len(records) == _MOST_RECORDS:
            self._put(end.status)

    def finish(self) -> Summary:
        """Write what is left, and the manifest."""
        for status, records in self._records.items():
            if records:
                self._put(status)
        files = {status.value: self._files[status] for status in sorted(ItemStatus)}
        manifest = {"DestinationBucket": self._bucket, "MapRunArn": self._run, "ResultFiles": files}
        key = f"{self._prefix}/manifest.json"
        self._write(key, json.dumps(manifest, indent=2).encode())
        return Summary(
            items=self._counts.total(),
            succeeded=self._counts[ItemStatus.SUCCEEDED],
            failed=self._counts[ItemStatus.FAILED],
            pending=self._counts[ItemStatus.PENDING],
            manifest=f"s3://{self._bucket}/{key}",
            failures=tuple(self._failures),
        )

    def keep(self, summary: Summary) -> None:
        """Write the summary beside the manifest, for a machine to read."""
        self._write(f"{self._prefix}/summary.json", json.dumps(summary.to_json()).encode())

    def _put(self, status: ItemStatus) -> None:
        body = f"[{','.join(self._records[status])}]".encode()
        key = f"{self._prefix}/{status}_{len(self._files[status])}.json"
        self._write(key, body)
        self._files[status].append({"Key": key, "Size": len(body)})
        self._records[status] = []

    def _write(self, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")


def _record(end: ItemEnd) -> str:
    # Written out, as there may be millions of them.
    given = json_text(json_text(end.item.value))
    record = f'"Name":"{end.item.id}","Input":{given},"InputDetails":{{"Included":true}},"Status":"{end.status.value}"'
    if end.status is ItemStatus.FAILED:
        record += ',"Error":"States.TaskFailed"'
    if end.reason:
        record += f',"Cause":{json_text(end.reason)}'
    return f"{{{record}}}"
