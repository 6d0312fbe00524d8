"""The plan of one round of a map: the array jobs to submit, and what needs none as it has succeeded before.

Everything is written before anything is submitted, the plan itself last: it is there in full or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from airstep.maps.json_text import json_text
from airstep.maps.shards import Shard, ShardWriter, identified
from airstep.maps.sources import ItemSource, found_items
from airstep.maps.succeeded import list_succeeded
from airstep.results import bucket_and_key

_REPORT_EVERY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlace:
    """Where a map and one of its runs lie in S3, as `s3://bucket/prefix` without a slash at the end."""

    base: str
    run: str

    @classmethod
    def of(cls, results: str, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> MapPlace:
        """The place of a task's map under the prefix that its operator names."""
        task = task_id if map_index < 0 else f"{task_id}/{map_index}"
        base = f"{results.rstrip('/')}/{dag_id}/{task}"
        return cls(base=base, run=f"{base}/runs/{run_id}")

    def round(self, number: int) -> str:
        """Where a round of the run lies."""
        return f"{self.run}/{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The shards to be worked on, and those with what has succeeded before: `items` in all, `done` of them before."""

    items: int
    done: int
    shards: tuple[Shard, ...]
    done_shards: tuple[Shard, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Plan:
        """The plan that `to_json` wrote."""
        shards, done = (tuple(Shard(**each) for each in value[name]) for name in ("shards", "done_shards"))
        return cls(items=value["items"], done=value["done"], shards=shards, done_shards=done)


def make_plan(
    s3: Any,
    source: ItemSource,
    *,
    base: str,
    work: str,
    children: int,
    items_per_child: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> Plan:
    """The plan for the items that have not succeeded yet, its shards written to S3.

    :param s3: a boto3 client.
    :param work: what is done to each item, as text.
    :param children: how many children an array job has at most.
    :param progress: told now and then how many items have been seen.
    :raises ValueError: the items can't be read; the message is a sentence.
    """
    succeeded = list_succeeded(s3, base)
    todo = ShardWriter(s3, base, children=children, items_per_child=items_per_child)
    done = ShardWriter(s3, base)
    count = before = 0
    for item in identified(found_items(source, s3), work):
        count += 1
        if len(succeeded) and item.id in succeeded:
            before += 1
            done.add(item)
        else:
            todo.add(item)
        if count % _REPORT_EVERY == 0:
            progress(count)
    progress(count)
    return Plan(items=count, done=before, shards=todo.finish(), done_shards=done.finish())


def write_plan(s3: Any, place: str, plan: Plan) -> None:
    """Keep a plan in a round's place, and before it `shards.json`, the list that an exported machine goes through."""
    document = plan.to_json()
    for name, content in (("shards", document["shards"]), ("plan", document)):
        bucket, key = bucket_and_key(f"{place}/{name}.json")
        s3.put_object(Bucket=bucket, Key=key, Body=json_text(content).encode(), ContentType="application/json")


def read_plan(s3: Any, place: str) -> Plan | None:
    """The plan in a round's place, or None."""
    bucket, key = bucket_and_key(f"{place}/plan.json")
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return Plan.from_json(json.loads(body))
