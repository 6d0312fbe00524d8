"""What a job says: its log while it runs, and its last words when it fails.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from airstep.errors import JobFailed
from airstep.hooks.batch import BatchHook
from airstep.hooks.logs import JobLog, last_lines
from airstep.hooks.patience import HURRIED, ONCE
from airstep.job import Job

log = logging.getLogger(__name__)


def log_reader(hook: BatchHook) -> Callable[[Job], None]:
    """What prints the new lines of a job's log, of an array job's first child."""
    reader, hook = JobLog(hook.clients), hook.with_patience(ONCE)

    def read(job: Job) -> None:
        try:
            speaker = job if job.array_size is None else hook.child(job.job_id, 0)
            for line in reader.new_lines(speaker) if speaker else ():
                log.info("%s", line.rstrip())
        except Exception as error:
            log.warning("The log of job %s can't be read: %s", job.job_id, error)

    return read


def failure_of(hook: BatchHook, job: Job) -> JobFailed:
    """The failure of a job, with what can be had of its last words: a log that can't be read hides nothing."""
    speaker, failed = job, list[int]()
    if job.array_size is not None:
        try:
            hurried = hook.with_patience(HURRIED)
            failed = hurried.failed_children(job.job_id)
            speaker = (hurried.child(job.job_id, failed[0]) if failed else None) or job
        except Exception as error:
            log.warning("The failed children of job %s can't be listed: %s", job.job_id, error)
    return JobFailed(job, log_tail=last_lines(hook.clients, speaker), failed_children=failed)
