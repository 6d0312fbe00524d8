"""One look at AWS for all waiting tasks: a poller per event loop, AWS connection and region."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import heapq
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from airstep.errors import JobLost
from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import DESCRIBE_LIMIT, BatchHook
from airstep.hooks.patience import ONCE, Trouble, trouble_of
from airstep.job import Job
from airstep.pace import LONGEST, backoff, look_interval

log = logging.getLogger(__name__)

LOST_AFTER = 60.0
"""Seconds for which DescribeJobs may leave out a job before it counts as lost: AWS is eventually consistent."""

Describe = Callable[[Sequence[str]], Awaitable[Mapping[str, Job]]]


@dataclass(slots=True, kw_only=True)
class _Watched:
    """A job that somebody waits for; times are the event loop's, in seconds. `ticket` is its place in the line."""

    born: float
    longest: float
    due: float
    ticket: int = -1
    waiters: list[asyncio.Future[Job]] = field(default_factory=list)
    missing_since: float | None = None
    latest: Job | None = None


class JobPoller:
    """Waits for many jobs with as few DescribeJobs calls as their ages allow.

    Each job is looked at when `look_interval` of its age says so; a call takes 100 ids, so jobs that are due soon
    ride along for free. An error of DescribeJobs makes all wait a little, and is in `trouble` until it has passed.
    """

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._watched: dict[str, _Watched] = {}
        self._line: list[tuple[float, int, str]] = []
        self._tickets = itertools.count()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failures = 0
        self.trouble: str | None = None

    async def wait(self, job_id: str, *, age: float = 0.0, longest: float = LONGEST) -> Job:
        """The job, once it has ended.

        :param age: how many seconds ago it was submitted.
        :param longest: the most seconds between two looks at it.
        :raises JobLost: AWS doesn't list it for a minute.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Job] = loop.create_future()
        now = loop.time()
        watched = self._watched.get(job_id)
        if watched is None:
            due = now + look_interval(age, longest=longest)
            watched = self._watched[job_id] = _Watched(born=now - age, longest=longest, due=due)
            self._line_up(job_id, watched)
        watched.waiters.append(waiter)
        self._wake.set()
        if self._task is None or self._task.done():
            # A context of its own: the log fields of the trigger that happens to come first are not everybody's.
            self._task = asyncio.create_task(self._run(), context=contextvars.Context())
        try:
            return await waiter
        finally:
            watched.waiters.remove(waiter)
            if not watched.waiters and self._watched.get(job_id) is watched:
                del self._watched[job_id]

    def latest(self, job_id: str) -> Job | None:
        """What was last seen of a job that somebody waits for; None before the first look."""
        watched = self._watched.get(job_id)
        return watched.latest if watched else None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while (due := self._next_due()) is not None:
            self._wake.clear()
            pause = due - loop.time()
            if pause > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), timeout=pause)
                continue
            await self._look(self._next_batch())

    def _line_up(self, job_id: str, watched: _Watched) -> None:
        """Give a job its place in the line, by when it is due; an earlier place counts no more."""
        watched.ticket = next(self._tickets)
        heapq.heappush(self._line, (watched.due, watched.ticket, job_id))

    def _next_due(self) -> float | None:
        """When the first in line is due; None when nobody waits for any job."""
        while self._line:
            due, ticket, job_id = self._line[0]
            watched = self._watched.get(job_id)
            if watched is not None and watched.ticket == ticket:
                return due
            heapq.heappop(self._line)
        return None

    def _next_batch(self) -> list[str]:
        """The ids of the next call, out of the line: the most overdue first, filled up with those next in line."""
        batch: list[str] = []
        while len(batch) < DESCRIBE_LIMIT and self._next_due() is not None:
            batch.append(heapq.heappop(self._line)[2])
        return batch

    async def _look(self, job_ids: list[str]) -> None:
        loop = asyncio.get_running_loop()
        try:
            jobs = await self._describe(job_ids)
        except Exception as error:
            self.failures += 1
            self.trouble = f"DescribeJobs failed {self.failures} times in a row: {error}"
            for job_id in job_ids:
                if watched := self._watched.get(job_id):
                    self._line_up(job_id, watched)
            wait = backoff(self.failures)
            log.warning("%s; next look in %.1f s", self.trouble, wait)
            await asyncio.sleep(wait)
            return
        self.failures, self.trouble = 0, None
        now = loop.time()
        for job_id in job_ids:
            if watched := self._watched.get(job_id):
                self._note(job_id, watched, jobs.get(job_id), now)

    def _note(self, job_id: str, watched: _Watched, job: Job | None, now: float) -> None:
        watched.due = now + look_interval(now - watched.born, longest=watched.longest)
        self._line_up(job_id, watched)
        if job is not None:
            watched.missing_since, watched.latest = None, job
            if job.ended:
                _settle(watched, lambda waiter: waiter.set_result(job))
            return
        watched.missing_since = now if watched.missing_since is None else watched.missing_since
        if now - watched.missing_since >= LOST_AFTER:
            _settle(watched, lambda waiter: waiter.set_exception(JobLost(job_id)))


def _settle(watched: _Watched, settle: Callable[[asyncio.Future[Job]], None]) -> None:
    for waiter in watched.waiters:
        if not waiter.done():
            settle(waiter)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBatch:
    """What the triggers of one event loop and connection share: the hook and the poller."""

    hook: BatchHook
    poller: JobPoller


_SHARED: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SharedBatch]] = WeakKeyDictionary()


def shared_batch(connection: AwsConnection) -> SharedBatch:
    """The running event loop's hook and poller for a connection, made on first use."""
    loop = asyncio.get_running_loop()
    of_loop = _SHARED.setdefault(loop, {})
    if connection.key not in of_loop:
        hook = BatchHook(connection, patience=ONCE)

        async def describe(job_ids: Sequence[str]) -> Mapping[str, Job]:
            try:
                return await asyncio.to_thread(hook.describe, job_ids)
            except Exception as error:
                if trouble_of(error) is not Trouble.THROTTLED:
                    # A triggerer outlives the credentials of its connections.
                    hook.clients.forget()
                raise

        of_loop[connection.key] = SharedBatch(hook=hook, poller=JobPoller(describe))
    return of_loop[connection.key]
