"""Waiting for a job in the task's own process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from airstep.errors import JobLost
from airstep.job import Job
from airstep.pace import LONGEST, backoff, look_interval

log = logging.getLogger(__name__)

LOST_AFTER = 60.0


class Describes(Protocol):
    """What waiting needs of AWS Batch: `hooks.batch.BatchHook`."""

    def describe(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """The jobs by id."""


class Every:
    """An action that is due again some seconds after it was last done."""

    def __init__(self, seconds: float, action: Callable[[Job], None]) -> None:
        self.seconds = seconds
        self._action = action
        self._due: float | None = None

    def at(self, now: float, job: Job) -> None:
        """Do it if it is due; the first time is after one full pause."""
        if self._due is None:
            self._due = now + self.seconds
        elif now >= self._due:
            self._due = now + self.seconds
            self._action(job)


def wait_for_job(
    jobs: Describes,
    job_id: str,
    *,
    age: float = 0.0,
    longest: float = LONGEST,
    check: Callable[[], None] = lambda: None,
    meanwhile: Sequence[Every] = (),
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Job:
    """The job, once it has ended. An error of DescribeJobs is logged and waited out.

    :param age: how many seconds ago the job was submitted: young jobs are looked at often.
    :param longest: the most seconds between two looks.
    :param check: called before each look; ends the waiting by raising.
    :param meanwhile: what else is to be done at intervals with the latest description.
    :raises JobLost: AWS doesn't list it for a minute.
    """
    born, failures, missing_since, status = clock() - age, 0, None, ""
    while True:
        check()
        now = clock()
        interval = min([look_interval(now - born, longest=longest), *(each.seconds for each in meanwhile)])
        try:
            job = jobs.describe([job_id]).get(job_id)
            failures = 0
        except Exception as error:
            failures += 1
            interval = backoff(failures)
            log.warning("Looking at job %s failed %d times: %s; again in %.1f s", job_id, failures, error, interval)
            pause(interval)
            continue
        if job is None:
            missing_since = now if missing_since is None else missing_since
            if now - missing_since >= LOST_AFTER:
                raise JobLost(job_id)
        else:
            missing_since = None
            if job.status != status:
                status = job.status
                log.info("Job %s is %s", job_id, status)
            if job.ended:
                return job
            for each in meanwhile:
                each.at(now, job)
        pause(interval)
