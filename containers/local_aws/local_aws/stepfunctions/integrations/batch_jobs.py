"""Waiting for Batch jobs: one poller for all, 100 ids to a DescribeJobs, often for young jobs, seldom for old ones."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError

from local_aws.stepfunctions.aws import Aws

logger = logging.getLogger(__name__)

_IDS_A_CALL = 100
_SOONEST, _LATEST = 0.02, 2.0
_LONGEST_PAUSE = 0.1  # a job that is watched from now on waits so long, while others are waited for, at most
_ENDED = ("SUCCEEDED", "FAILED")


@dataclass(slots=True, kw_only=True)
class _Watch:
    region: str
    done: asyncio.Future[Mapping[str, Any]]
    since: float = field(default_factory=time.monotonic)
    due: float = 0.0

    def postpone(self, now: float) -> None:
        """Ask again after a tenth of the job's age."""
        self.due = now + min(max((now - self.since) / 10, _SOONEST), _LATEST)


class BatchJobs:
    """The jobs that executions wait for."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._watched: dict[str, _Watch] = {}
        self._polling: asyncio.Task[None] | None = None

    async def ended(self, job_id: str, *, region: str) -> Mapping[str, Any]:
        """The job's description once it has SUCCEEDED or FAILED."""
        watch = _Watch(region=region, done=asyncio.get_running_loop().create_future())
        watch.postpone(time.monotonic())
        self._watched[job_id] = watch
        if self._polling is None or self._polling.done():
            self._polling = asyncio.ensure_future(self._poll())
        try:
            return await watch.done
        finally:
            self._watched.pop(job_id, None)

    async def _poll(self) -> None:
        while self._watched:
            now = time.monotonic()
            due: dict[str, list[str]] = defaultdict(list)
            for job_id, watch in self._watched.items():
                if watch.due <= now:
                    due[watch.region].append(job_id)
                    watch.postpone(now)
            for region, ids in due.items():
                for start in range(0, len(ids), _IDS_A_CALL):
                    await self._ask(region, ids[start : start + _IDS_A_CALL])
            earliest = min((watch.due for watch in self._watched.values()), default=0.0)
            await asyncio.sleep(min(max(earliest - time.monotonic(), _SOONEST), _LONGEST_PAUSE))

    async def _ask(self, region: str, ids: list[str]) -> None:
        try:
            answer = await self._aws.poll("batch", "DescribeJobs", {"jobs": ids}, region=region)
        except BotoCoreError:
            return  # no connection: the server is stopping
        except Exception as error:  # whatever it is, all executions wait for this loop
            logger.warning("DescribeJobs failed and is asked again: %r", error)
            return
        for job in answer["jobs"]:
            watch = self._watched.get(job["jobId"])
            if job["status"] in _ENDED and watch is not None and not watch.done.done():
                watch.done.set_result(job)
