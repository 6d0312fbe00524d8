"""The shards of a map: the items of one array job in one object of S3, of which each child reads its own line.

A shard begins with a table of the lines' places, so that a child asks for a few bytes only; `airstep-item` reads it.

    000000000000064    where line 0 starts, 15 digits and a line end; as many as there are lines, and one more: the size
    000000000000181
    5d41402abc4b2a76 [["<id>", {"Key": "a"}]]    digits of the text's SHA-256, and a child's items: id and value of each
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airstep.maps.json_text import json_text
from airstep.maps.sources import Found
from airstep.results import bucket_and_key

MOST_CHILDREN = 10_000
"""Children of an array job: https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html"""

_PLACE = 16


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a map: its id, 32 hex digits, and its value."""

    id: str
    value: Any


Child = Sequence[Item]
"""The items of one child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard that lies in S3: where, for how many children, with how many items."""

    uri: str
    children: int
    items: int


def identified(found: Iterable[Found], work: str) -> Iterator[Item]:
    """The items with their ids.

    :param work: what is done to each item, as text: other work on the same item has another id.
    """
    of_work = hashlib.sha256(work.encode())
    for each in found:
        digest = of_work.copy()
        digest.update(each.identity.encode())
        yield Item(digest.hexdigest()[:32], each.value)


class ShardWriter:
    """Cuts items into shards and puts them into S3 as they come, one shard in memory at a time.

    :param base: `s3://bucket/prefix` of the map.
    :param children: how many children a shard has at most, up to 10,000.
    :param items_per_child: how many items a child has at most.
    """

    def __init__(self, s3: Any, base: str, *, children: int = MOST_CHILDREN, items_per_child: int = 1) -> None:
        self._s3 = s3
        self._base = base
        self._children = children
        self._items_per_child = items_per_child
        self._child: list[str] = []
        self._lines: list[bytes] = []
        self._items = 0
        self.shards: list[Shard] = []

    def add(self, item: Item) -> None:
        """Take an item in."""
        self._child.append(f'["{item.id}",{json_text(item.value)}]')
        if len(self._child) == self._items_per_child:
            self._end_child()

    def finish(self) -> tuple[Shard, ...]:
        """Put what is left; all shards."""
        if self._child:
            self._end_child()
        if self._lines:
            self._put()
        return tuple(self.shards)

    def _end_child(self) -> None:
        text = f"[{','.join(self._child)}]".encode()
        self._lines.append(b"%b %b\n" % (hashlib.sha256(text).hexdigest()[:16].encode(), text))
        self._items += len(self._child)
        self._child = []
        if len(self._lines) == self._children:
            self._put()

    def _put(self) -> None:
        body = shard_body(self._lines)
        digest = hashlib.sha256(body)
        uri = f"{self._base}/shards/{digest.hexdigest()}.jsonl"
        bucket, key = bucket_and_key(uri)
        checksum = base64.b64encode(digest.digest()).decode()
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ChecksumSHA256=checksum)
        self.shards.append(Shard(uri=uri, children=len(self._lines), items=self._items))
        self._lines, self._items = [], 0


def shard_body(lines: Sequence[bytes]) -> bytes:
    """The bytes of a shard with these lines."""
    place = (len(lines) + 1) * _PLACE
    table = []
    for line in lines:
        table.append(place)
        place += len(line)
    return b"".join((*(b"%015d\n" % each for each in (*table, place)), *lines))


def read_shard(s3: Any, shard: Shard) -> list[Child]:
    """The children of a shard.

    :raises ValueError: the object isn't what was written there.
    """
    bucket, key = bucket_and_key(shard.uri)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if hashlib.sha256(body).hexdigest() not in key:
        raise ValueError(f"{shard.uri} is damaged: its content has another checksum than its name says")
    start = int(body[:_PLACE])
    return [
        [Item(*pair) for pair in json.loads(line[17:])]
        for line in body[start:].decode().split("\n")[:-1]  # JSON text holds no line end
    ]
