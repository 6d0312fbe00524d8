"""A map's shards and markers in S3, as docs/maps.md describes them, and its runner as a process."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.local.s3_bucket import Bucket

RUNNER = Path(__file__).parents[2] / "containers/item_runner/airstep_item.py"
BASE = "maps/run 1/é"


def item_id(number: int) -> str:
    return f"{number:032x}"


def shard_of(lines: Sequence[bytes]) -> bytes:
    """A shard of whole lines, damaged or not: the table of their offsets, then they themselves."""
    offsets = [16 * (len(lines) + 1)]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return b"".join(b"%015d\n" % offset for offset in offsets) + b"".join(lines)


def line_of(pairs: Any, *, ascii_only: bool = False) -> bytes:
    text = json.dumps(pairs, ensure_ascii=ascii_only).encode()
    return hashlib.sha256(text).hexdigest()[:16].encode() + b" " + text + b"\n"


@dataclass(frozen=True)
class MappedItems:
    """A map of one shard; ``environment`` is what its children see."""

    bucket: Bucket
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, bucket: Bucket, *children: Sequence[Any]) -> MappedItems:
        """A child for each list of items; the items count from 0."""
        numbers = iter(range(sum(map(len, children))))
        lines = [line_of([[item_id(next(numbers)), item] for item in items]) for items in children]
        return cls.of_shard(bucket, shard_of(lines))

    @classmethod
    def of_shard(cls, bucket: Bucket, shard: bytes) -> MappedItems:
        key = f"{BASE}/shards/{hashlib.sha256(shard).hexdigest()}.jsonl"
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=shard)
        return cls(bucket, {**bucket.aws.environment, "AIRSTEP_ITEMS": f"s3://{bucket.name}/{key}"})

    def start(
        self, *command: str, python: Sequence[str] = (sys.executable,), **variables: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*python, str(RUNNER), "--", *command],
            env={**self.environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*command, **variables)
        out, said = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, out, said)

    def marker(self, kind: str, number: int = 0) -> Any:
        """The marker of an item; None where it has none."""
        return self.bucket.json(f"{BASE}/{kind}/{item_id(number)}") if number in self.markers(kind) else None

    def markers(self, kind: str) -> list[int]:
        """The numbers of the items that have such a marker."""
        pages = self.bucket.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket.name, Prefix=f"{BASE}/{kind}/"
        )
        return [int(each["Key"].rpartition("/")[2], 16) for page in pages for each in page.get("Contents", [])]
