"""Waits for the jobs of a map, in the triggerer or in the task's own process, and tells how far they are."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airstep.errors import JobLost
from airstep.job import Job
from airstep.maps.progress import TELL_EVERY, Progress, ProgressMeter
from airstep.pace import LONGEST
from airstep.triggers.poller import JobPoller

Check = Callable[[], Awaitable[None]]
CHECK_EVERY = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What is waited for: the jobs of each open shard, by the shard's number.

    :param all_shards: whether all of them must have ended, or one is enough as there are more to submit.
    :param most_failed: how many of the jobs may fail; None if it doesn't matter before the end.
    """

    jobs: Mapping[int, Sequence[str]]
    all_shards: bool
    most_failed: int | None = None
    submitted_at: float
    longest: float = LONGEST


class MapWatch:
    """Waits until enough of a map's jobs have ended."""

    def __init__(
        self,
        poller: JobPoller,
        awaited: Awaited,
        meter: ProgressMeter,
        *,
        tell: Callable[[Progress], Awaitable[None]],
        check: Check,
        check_every: float = CHECK_EVERY,
        log: Any,
    ) -> None:
        self._poller = poller
        self._awaited = awaited
        self._meter = meter
        self._tell = tell
        self._check = check
        self._check_every = check_every
        self._log = log
        self._ended: dict[str, Job] = {}
        self._told: tuple[float, str] | None = None

    async def wait(self) -> None:
        """Return once the awaited shards have ended, or too many jobs have failed.

        :raises JobLost: AWS doesn't know a job.
        """
        age = max(time.time() - self._awaited.submitted_at, 0.0)
        ids = [job_id for jobs in self._awaited.jobs.values() for job_id in jobs]
        waiting = {
            asyncio.create_task(self._poller.wait(job_id, age=age, longest=self._awaited.longest)) for job_id in ids
        }
        trouble: str | None = None
        try:
            while not self._is_enough():
                done, waiting = await asyncio.wait(
                    waiting, timeout=self._check_every, return_when=asyncio.FIRST_COMPLETED
                )
                self._ended |= {job.job_id: job for job in (task.result() for task in done)}
                if self._poller.trouble != trouble:
                    trouble = self._poller.trouble
                    self._log.warning("Waiting for the map's jobs: %s", trouble or "AWS answers again")
                await self._progress(ids)
                await self._check()
            await self._progress(ids, now=True)
        finally:
            for task in waiting:
                task.cancel()
            for task in waiting:
                with contextlib.suppress(asyncio.CancelledError, JobLost):
                    await task

    def _is_enough(self) -> bool:
        limit = self._awaited.most_failed
        if limit is not None and sum(not job.succeeded for job in self._ended.values()) > limit:
            return True
        over = [all(job_id in self._ended for job_id in ids) for ids in self._awaited.jobs.values()]
        return all(over) if self._awaited.all_shards else any(over)

    async def _progress(self, ids: Sequence[str], *, now: bool = False) -> None:
        clock = asyncio.get_running_loop().time()
        if not now and self._told is not None and clock - self._told[0] < TELL_EVERY:
            return
        seen = [job for job_id in ids if (job := self._ended.get(job_id) or self._poller.latest(job_id)) is not None]
        progress = self._meter.measure(seen)
        if self._told is None or self._told[1] != str(progress):
            self._told = (clock, str(progress))
            await self._tell(progress)
