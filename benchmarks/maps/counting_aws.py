"""AWS in this process, without a network: it counts calls and keeps what is read back, so that only our part costs."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airstep.items import S3Objects

SOURCE = S3Objects(bucket="source", prefix="in/")
PAGE = 1000
LOOKS = 3
"""How often an array job is looked at until it has succeeded."""
_WHEN = datetime(2026, 3, 9, 8, tzinfo=UTC)
_NEVER_READ = ("SUCCEEDED_", "FAILED_", "PENDING_")


class NoSuchKeyError(Exception):
    """There is no such object."""


class CountingS3:
    """An S3 with a bucket full of objects, in which others may be put: they lie in a folder.

    :param items: how many objects SOURCE names.
    """

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKeyError)

    def __init__(self, items: int, folder: Path, calls: Counter[str]) -> None:
        self._items = items
        self._folder = folder
        self._calls = calls
        self._files: dict[str, Path] = {}

    def list_objects_v2(self, **request: str) -> Mapping[str, Any]:
        """A page of the objects of the source, or of those that were put."""
        self._calls["ListObjectsV2"] += 1
        if request["Bucket"] != SOURCE.bucket:
            return {"Contents": [{"Key": key} for key in sorted(self._files) if key.startswith(request["Prefix"])]}
        start = int(request.get("ContinuationToken", "0"))
        end = min(start + PAGE, self._items)
        page = {"Contents": [_object(number) for number in range(start, end)], "IsTruncated": end < self._items}
        return page | {"NextContinuationToken": str(end)} if end < self._items else page

    def put_object(self, **request: Any) -> None:
        """Keep an object, unless it is one that nobody here reads."""
        self._calls["PutObject"] += 1
        key = request["Key"]
        if not key.rpartition("/")[2].startswith(_NEVER_READ):
            self._files.setdefault(key, self._folder / str(len(self._files))).write_bytes(request["Body"])

    def get_object(self, **request: str) -> Mapping[str, Any]:
        """An object that was put."""
        self._calls["GetObject"] += 1
        key = request["Key"]
        if key not in self._files:
            raise NoSuchKeyError(key)
        body = self._files[key].read_bytes()
        return {"Body": io.BytesIO(body), "ContentLength": len(body)}


class CountingBatch:
    """A Batch whose array jobs have succeeded when they are looked at for the third time."""

    meta = SimpleNamespace(region_name="us-east-1", partition="aws")

    def __init__(self, calls: Counter[str]) -> None:
        self._calls = calls
        self._sizes: list[int] = []
        self._looks: Counter[str] = Counter()

    def submit_job(self, **request: Any) -> Mapping[str, str]:
        """A new job's id."""
        self._calls["SubmitJob"] += 1
        self._sizes.append(request.get("arrayProperties", {}).get("size", 1))
        return {"jobId": str(len(self._sizes) - 1)}

    def describe_jobs(self, *, jobs: Sequence[str]) -> Mapping[str, Any]:
        """How the jobs are."""
        self._calls["DescribeJobs"] += 1
        self._looks.update(jobs)
        return {"jobs": [self._described(job) for job in jobs]}

    def _described(self, job: str) -> Mapping[str, Any]:
        size, ended = self._sizes[int(job)], self._looks[job] >= LOOKS
        succeeded = size if ended else math.ceil(size / 2)
        return {
            "jobId": job,
            "jobName": job,
            "jobQueue": "queue",
            "status": "SUCCEEDED" if ended else "PENDING",
            "arrayProperties": {
                "size": size,
                "statusSummary": {"SUCCEEDED": succeeded, "RUNNING": size - succeeded},
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingClients:
    """Both of them, in the place of clients of boto3."""

    s3: CountingS3
    batch: CountingBatch
    calls: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, items: int, folder: Path) -> CountingClients:
        """Clients of an AWS with so many objects; what is put lies in `folder`."""
        calls: Counter[str] = Counter()
        return cls(s3=CountingS3(items, folder, calls), batch=CountingBatch(calls), calls=calls)

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> Any:
        """The client of a service."""
        return {"s3": self.s3, "batch": self.batch}[service]

    def fresh(self) -> CountingClients:
        """Itself: nothing here can be interrupted."""
        return self

    def prepare(self) -> None:
        """Nothing: it is ready."""

    def forget(self) -> None:
        """Nothing: there is no connection."""


def _object(number: int) -> Mapping[str, Any]:
    return {
        "Key": f"in/{number:010d}.wav",
        "Size": number,
        "ETag": '"5d41402abc4b2a76b9719d911017c592"',
        "LastModified": _WHEN,
        "StorageClass": "STANDARD",
    }
