"""What became of the children of a map's jobs, and of each item of the map."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airstep.maps.shards import Child, Item
from airstep.results import bucket_and_key


class ItemStatus(StrEnum):
    """How an item ended, in Step Functions' words; PENDING: it was never begun."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildEnd:
    """A child that did not succeed, as AWS Batch tells it: its index, why, and whether it ever started."""

    index: int
    reason: str
    started: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEnd:
    """How an item ended; `reason` is empty for one that succeeded."""

    item: Item
    status: ItemStatus
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How many items may fail without the map failing: either limit exceeded is too many, neither given is none.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#map-state-failure-threshold
    """

    percentage: float | None = None
    count: int | None = None

    def most(self, items: int) -> int:
        """The most of so many items that may fail."""
        if self.percentage is None and self.count is None:
            return 0
        limits = [self.count] if self.count is not None else []
        limits += [math.floor(self.percentage * items / 100)] if self.percentage is not None else []
        return min(limits)

    def __str__(self) -> str:
        given = [f"{self.percentage:g} %"] if self.percentage is not None else []
        given += [f"{self.count:,}"] if self.count is not None else []
        return " and ".join(given) or "none"


def item_ends(s3: Any, base: str, children: Sequence[Child], failed: Mapping[int, ChildEnd]) -> Iterator[ItemEnd]:
    """How the items of a shard ended, in order.

    S3 is asked only about the items of children that failed, of which `airstep-item` has left word.

    :param base: `s3://bucket/prefix` of the map.
    :param failed: the children that did not succeed, by index.
    """
    for index, child in enumerate(children):
        end = failed.get(index)
        for item in child:
            if end is None:
                yield ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
            else:
                yield _unsuccessful(s3, base, item, end, alone=len(child) == 1)


def marked_ends(s3: Any, base: str, children: Sequence[Child], succeeded: Callable[[str], bool]) -> Iterator[ItemEnd]:
    """How the items of a shard ended, in order, by what lies in S3 alone."""
    for child in children:
        for item in child:
            if succeeded(item.id):
                yield ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
            elif (reason := _failure(s3, base, item)) is not None:
                yield ItemEnd(item=item, status=ItemStatus.FAILED, reason=reason)
            else:
                yield ItemEnd(item=item, status=ItemStatus.PENDING, reason="it was not begun")


def _unsuccessful(s3: Any, base: str, item: Item, end: ChildEnd, *, alone: bool) -> ItemEnd:
    if not alone and _document(s3, f"{base}/succeeded/{item.id}") is not None:
        return ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
    if not end.started:
        return ItemEnd(item=item, status=ItemStatus.PENDING, reason=end.reason)
    marked = _failure(s3, base, item)
    if marked is None and not alone:
        return ItemEnd(item=item, status=ItemStatus.PENDING, reason=f"its child ended before: {end.reason}")
    return ItemEnd(item=item, status=ItemStatus.FAILED, reason=marked or end.reason)


def _failure(s3: Any, base: str, item: Item) -> str | None:
    document = _document(s3, f"{base}/failed/{item.id}")
    return None if document is None else str(document.get("reason", "it failed"))


def _document(s3: Any, uri: str) -> Mapping[str, Any] | None:
    bucket, key = bucket_and_key(uri)
    try:
        found: Mapping[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None
    return found
