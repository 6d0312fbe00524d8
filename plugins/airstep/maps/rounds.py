"""What has been submitted for a plan, and what of it has ended, kept in S3 beside the plan.

So whoever goes on with a round, be it another try or a trigger, knows its jobs, and Airflow's database stays small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from airstep.maps.ends import ChildEnd
from airstep.maps.listing import objects_under
from airstep.results import bucket_and_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The jobs of a shard: its array job, or in the strategy "jobs" those of its items.

    `refused` are items for which no job could be submitted, and why, by the number of their child.
    """

    job_ids: tuple[str, ...]
    refused: Mapping[int, str] = field(default_factory=dict)


class Round:
    """One round of a map's run: what was submitted for each shard of its plan, and how it ended, by the shard's number.

    :param s3: a boto3 client.
    :param place: `s3://bucket/prefix` of the round.
    """

    def __init__(self, s3: Any, place: str) -> None:
        self._s3 = s3
        self.place = place
        self._bucket, self._prefix = bucket_and_key(place)
        self.jobs: dict[int, Submitted] = {}
        self.ends: dict[int, Mapping[int, ChildEnd]] = {}

    def load(self) -> Round:
        """Itself, with what is known in S3."""
        self.jobs = {number: _submitted(found) for number, found in self._read("jobs")}
        self.ends = {number: _ends(found) for number, found in self._read("ended")}
        return self

    @property
    def open(self) -> dict[int, Submitted]:
        """What has been submitted and is not known to have ended."""
        return {number: found for number, found in self.jobs.items() if number not in self.ends}

    @property
    def open_ids(self) -> list[str]:
        """The ids of all jobs that are not known to have ended."""
        return [job_id for found in self.open.values() for job_id in found.job_ids]

    def note_submitted(self, number: int, submitted: Submitted) -> None:
        """Keep what was submitted for a shard."""
        self.jobs[number] = submitted
        self._write("jobs", number, {"job_ids": submitted.job_ids, "refused": dict(submitted.refused)})

    def note_end(self, number: int, failed: Sequence[ChildEnd]) -> None:
        """Keep that a shard's jobs have ended, and which of its children did not succeed."""
        self.ends[number] = {end.index: end for end in failed}
        self._write("ended", number, [asdict(end) for end in failed])

    def _write(self, what: str, number: int, document: Any) -> None:
        key = f"{self._prefix}/{what}/{number:05d}.json"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=json.dumps(document).encode())

    def _read(self, what: str) -> Iterator[tuple[int, Any]]:
        prefix = f"{self._prefix}/{what}/"
        for entry in objects_under(self._s3, self._bucket, prefix):
            body = self._s3.get_object(Bucket=self._bucket, Key=entry["Key"])["Body"].read()
            yield int(entry["Key"][len(prefix) :].removesuffix(".json")), json.loads(body)


def _submitted(found: Any) -> Submitted:
    refused = {int(index): reason for index, reason in found["refused"].items()}
    return Submitted(job_ids=tuple(found["job_ids"]), refused=refused)


def _ends(found: Any) -> Mapping[int, ChildEnd]:
    return {each["index"]: ChildEnd(**each) for each in found}
