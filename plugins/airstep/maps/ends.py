"""What became of the children of a map's jobs, and of each item of the map."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airstep.maps.shards import Child, Item
from airstep.results import bucket_and_key

_AT_ONCE = 16


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
    unclear = [item.id for index in sorted(failed) for item in children[index]]
    marks = _Marks.of(s3, base, unclear)
    for index, child in enumerate(children):
        end = failed.get(index)
        for item in child:
            if end is None:
                yield ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
            else:
                yield marks.end(item, end)


def marked_ends(s3: Any, base: str, children: Sequence[Child], succeeded: Callable[[str], bool]) -> Iterator[ItemEnd]:
    """How the items of a shard ended, in order, by what lies in S3 alone.

    :param succeeded: whether an item, given by its id, has succeeded.
    """
    items = [item for child in children for item in child]
    marks = _Marks.of(s3, base, [item.id for item in items if not succeeded(item.id)], only_failed=True)
    for item in items:
        if succeeded(item.id):
            yield ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
        else:
            word = item.id in marks.failed
            silent = "it was not begun, or its child was killed before it could say a word"
            yield marks.end(item, ChildEnd(index=0, reason=silent, started=word))


@dataclass(frozen=True, slots=True)
class _Marks:
    """What `airstep-item` has left of some items, by id: the succeeded ones, and why others failed."""

    succeeded: frozenset[str]
    failed: Mapping[str, str]

    @classmethod
    def of(cls, s3: Any, base: str, ids: Sequence[str], *, only_failed: bool = False) -> _Marks:
        """The marks of items, asked for side by side."""

        def look(item_id: str) -> tuple[str, bool, str | None]:
            if not only_failed and _document(s3, f"{base}/succeeded/{item_id}") is not None:
                return item_id, True, None
            document = _document(s3, f"{base}/failed/{item_id}")
            return item_id, False, None if document is None else str(document.get("reason", "it failed"))

        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            found = list(pool.map(look, ids)) if ids else []
        return cls(
            frozenset(item_id for item_id, succeeded, _ in found if succeeded),
            {item_id: reason for item_id, _, reason in found if reason is not None},
        )

    def end(self, item: Item, child: ChildEnd) -> ItemEnd:
        """How an item of a child that did not succeed ended: by its mark, else as its child did."""
        if item.id in self.succeeded:
            return ItemEnd(item=item, status=ItemStatus.SUCCEEDED)
        if (reason := self.failed.get(item.id)) is not None and child.started:
            return ItemEnd(item=item, status=ItemStatus.FAILED, reason=reason)
        return ItemEnd(
            item=item, status=ItemStatus.FAILED if child.started else ItemStatus.PENDING, reason=child.reason
        )


def _document(s3: Any, uri: str) -> Mapping[str, Any] | None:
    bucket, key = bucket_and_key(uri)
    try:
        found: Mapping[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return None
    return found
