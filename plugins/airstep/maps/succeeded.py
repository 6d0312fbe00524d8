"""Which items have succeeded, in 16 bytes each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from airstep.maps.listing import objects_under
from airstep.results import bucket_and_key

_WIDTH = 16
_AT_ONCE = 8


class Succeeded:
    """The ids of the items that have succeeded, in whichever run: those with a marker `<base>/succeeded/<id>`."""

    def __init__(self, ids: bytes = b"") -> None:
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids) // _WIDTH

    def __getitem__(self, index: int) -> bytes:
        return self._ids[index * _WIDTH : (index + 1) * _WIDTH]

    def __contains__(self, item_id: str) -> bool:
        wanted = bytes.fromhex(item_id)
        place = bisect_left(self, wanted)
        return self[place] == wanted  # behind the last one there are no bytes


def list_succeeded(s3: Any, base: str) -> Succeeded:
    """The ids that S3 lists now, which it does in order.

    :param base: `s3://bucket/prefix` of the map.
    """
    bucket, prefix = bucket_and_key(f"{base}/succeeded/")
    ids = bytearray()
    for entry in objects_under(s3, bucket, prefix):
        name = entry["Key"][len(prefix) :]
        if len(name) == 2 * _WIDTH:
            ids += bytes.fromhex(name)
    return Succeeded(bytes(ids))


def mark_succeeded(s3: Any, base: str, marks: Iterable[tuple[str, bytes]]) -> None:
    """Keep that items have succeeded, given by id and what to say of them: for jobs that don't do it themselves.

    :param base: `s3://bucket/prefix` of the map.
    """
    bucket, prefix = bucket_and_key(f"{base}/succeeded/")

    def put(mark: tuple[str, bytes]) -> None:
        s3.put_object(Bucket=bucket, Key=f"{prefix}{mark[0]}", Body=mark[1], ContentType="application/json")

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        list(pool.map(put, marks))
