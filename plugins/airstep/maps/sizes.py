"""How a map's items are cut into shards."""

from __future__ import annotations

from dataclasses import dataclass

from airstep.maps.shards import MOST_CHILDREN

JOBS_TOGETHER = 100
"""Jobs of the strategy "jobs" in a shard: as many as one DescribeJobs call takes."""

SHARDS_AT_ONCE = 4
"""Into how many shards `max_concurrency` is cut, so that few children wait for the last ones of another shard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardSize:
    """How many children a shard has at most, and how many shards there are at once; None: all."""

    children: int
    at_once: int | None

    @classmethod
    def of(cls, *, is_array: bool, max_concurrency: int | None) -> ShardSize:
        """The size for a strategy and how many children there may be at once."""
        most = MOST_CHILDREN if is_array else JOBS_TOGETHER
        if max_concurrency is None:
            return cls(children=most, at_once=None)
        children = max(1, min(most, max_concurrency // SHARDS_AT_ONCE))
        return cls(children=children, at_once=max_concurrency // children)
