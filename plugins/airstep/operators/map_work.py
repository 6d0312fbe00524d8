"""A plan at work: what of it is submitted, what has ended, and what each item came to.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airstep.hooks.batch import BatchHook
from airstep.maps.ends import ItemEnd, ItemStatus, item_ends
from airstep.maps.plan import Plan
from airstep.maps.progress import ProgressMeter
from airstep.maps.rounds import Round
from airstep.maps.shards import Shard, read_shard
from airstep.operators.map_jobs import MapJobs
from airstep.operators.map_planning import MapIntent
from airstep.triggers.map_watch import Awaited

if TYPE_CHECKING:
    from airstep.operators.batch_map import BatchMapOperator

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapWork:
    """One round of a map.

    :param base: `s3://bucket/prefix` of the map.
    :param is_last: whether no retry is left.
    """

    operator: BatchMapOperator
    s3: Any
    base: str
    intent: MapIntent
    plan: Plan
    round: Round
    jobs: MapJobs
    is_last: bool

    @property
    def has_failed(self) -> bool:
        """Whether all jobs have ended, and some item was not done: nothing more will come of this round."""
        return len(self.round.ends) == len(self.plan.shards) and any(self.round.ends.values())

    @property
    def is_stopping(self) -> bool:
        """Whether so many items have failed that no more are begun.

        An array job works on all of its items in any case, and what fails is tried again while there are retries.
        """
        if self.operator.strategy == "array" or not self.is_last:
            return False
        return self._failed > self.operator.tolerance.most(self.plan.items)

    def advance(self, check: Callable[[], None]) -> bool:
        """Take note of what has ended and submit what there is room for; whether there is something to wait for.

        :param check: called after each shard; ends the submitting by raising.
        :raises SubmissionRejected: AWS refuses an array job.
        """
        self.jobs.note_ends(self.plan.shards)
        at_once = self.operator.shard_size.at_once
        for number in self._unsubmitted():
            if self.is_stopping or (at_once is not None and len(self.round.open) >= at_once):
                break
            self.jobs.submit(number, self.plan.shards[number])
            check()
        return bool(self.round.open)

    def awaited(self) -> Awaited:
        """What is to be waited for next."""
        stopping = self.is_stopping
        watches = self.operator.strategy == "jobs" and self.is_last and not stopping
        left = self.operator.tolerance.most(self.plan.items) - sum(map(len, self.round.ends.values()))
        return Awaited(
            jobs={number: submitted.job_ids for number, submitted in self.round.open.items()},
            all_shards=stopping or self.next_shard is None,
            most_failed=left if watches else None,
            submitted_at=time.time(),
            longest=float(self.operator.poll_interval),
        )

    @property
    def children(self) -> int:
        """How many children the round has in all."""
        return sum(shard.children for shard in self.plan.shards)

    def ended_children(self) -> dict[str, int]:
        """How many children of shards that have ended are in each final status."""
        failed = sum(map(len, self.round.ends.values()))
        ended = sum(self.plan.shards[number].children for number in self.round.ends)
        return {"SUCCEEDED": ended - failed, "FAILED": failed}

    def meter(self, clock: Callable[[], float]) -> ProgressMeter:
        """What works out how far the round is."""
        return ProgressMeter(self.children, self.ended_children(), clock)

    def item_ends(self) -> Iterator[ItemEnd]:
        """How all items of the map ended, those that had succeeded before first."""
        for shard in self.plan.done_shards:
            yield from self._all(shard, ItemStatus.SUCCEEDED, "")
        for number, shard in enumerate(self.plan.shards):
            failed = self.round.ends.get(number)
            if failed is None:
                yield from self._all(shard, ItemStatus.PENDING, "too many others failed before")
            else:
                yield from item_ends(self.s3, self.base, read_shard(self.s3, shard), failed)

    def terminate(self, hook: BatchHook, reason: str, *, unnoted: Sequence[str] = ()) -> None:
        """End all jobs that are open.

        :param unnoted: jobs that the round doesn't know.
        """
        jobs = [*self.round.open_ids, *unnoted]
        if jobs:
            log.info("Terminating %d jobs: %s", len(jobs), reason)
            hook.terminate_all(jobs, reason)

    @property
    def _failed(self) -> int:
        return sum(map(len, self.round.ends.values())) + self.jobs.failed_open

    @property
    def next_shard(self) -> int | None:
        """The number of the first shard that is not known to be submitted; None if all are."""
        return next(self._unsubmitted(), None)

    def _unsubmitted(self) -> Iterator[int]:
        return (number for number in range(len(self.plan.shards)) if number not in self.round.jobs)

    def _all(self, shard: Shard, status: ItemStatus, reason: str) -> Iterator[ItemEnd]:
        for child in read_shard(self.s3, shard):
            for item in child:
                yield ItemEnd(item=item, status=status, reason=reason)
