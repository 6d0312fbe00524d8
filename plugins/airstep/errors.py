"""Everything that can go wrong in a direct run.

AirstepError
├── JobError             about one job, `.job`
│   ├── JobFailed        the job ended FAILED; `.log_tail` holds its last lines
│   ├── JobLost          AWS no longer knows the job
│   ├── JobTimedOut      the task's execution_timeout passed; the job was terminated
│   ├── ResultInvalid    the job succeeded and wrote no result that can be used: no retry
│   └── ResultUnreadable S3 doesn't give the job's result just now
├── SubmissionError      there is no job
│   ├── SubmissionRejected   AWS refused the request: no retry will help
│   └── SubmissionFailed     AWS could not be reached, or answered with an error of its own
├── ItemsFailed          more items of a map failed than it tolerates; the next try works on those only
├── ItemsInvalid         the items of a map can't be read: no retry
├── BranchStopped        another branch of the ParallelBranches failed: no retry
└── TaskKilled           Airflow told the task to stop; the job was terminated

An error whose `retry` is False fails the task at once (the operator raises it as AirflowFailException, with the error
as its cause); the others use the task's `retries`.
"""

# ruff: noqa: N818  # a name says what happened, as Airflow's exceptions do
from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from airstep.job import Job


class AirstepError(Exception):
    """Something went wrong in a direct run."""

    retry: ClassVar[bool] = True


class JobError(AirstepError):
    """Something went wrong with one job."""

    def __init__(self, message: str, *, job: Job | None = None) -> None:
        super().__init__(message)
        self.job = job


class JobFailed(JobError):
    """A job ended FAILED; the message holds AWS's reason, the exit code and the job's last words."""

    def __init__(self, job: Job, *, log_tail: Sequence[str] = (), failed_children: Sequence[int] = ()) -> None:
        super().__init__(_failure(job, log_tail, failed_children), job=job)
        self.log_tail = tuple(log_tail)
        self.failed_children = tuple(failed_children)


class JobLost(JobError):
    """DescribeJobs does not list a job that was submitted."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            f"Batch job {job_id} is unknown to AWS Batch: it was not listed for a minute after it was submitted, or it "
            "ended so long ago (over 7 days) that Batch forgot it. Check region and account of the connection."
        )


class JobTimedOut(JobError):
    """The task's execution_timeout passed before the job ended."""


class ResultInvalid(JobError):
    """The job succeeded, but wrote no document, no JSON, or too much of it; a retry would find the same."""

    retry = False


class ResultUnreadable(JobError):
    """S3 could not be read; the next try adopts the job, which has succeeded, and reads again."""


class SubmissionError(AirstepError):
    """SubmitJob gave no job."""


class SubmissionRejected(SubmissionError):
    """AWS refused the SubmitJob request; asking again would give the same answer."""

    retry = False


class SubmissionFailed(SubmissionError):
    """SubmitJob could not be carried out just now."""


class ItemsFailed(AirstepError):
    """More items of a map failed than it tolerates, or some were never begun."""


class ItemsInvalid(AirstepError):
    """The items of a map, or what its job says of them, can't be right; a retry would find the same."""

    retry = False


class BranchStopped(AirstepError):
    """Another branch of the same ParallelBranches failed, so this task was stopped."""

    retry = False


class TaskKilled(AirstepError):
    """Airflow told the task to stop (marked, cleared, or its worker is shutting down)."""


STOPPED_BY = "Stopped by airstep: "
"""How the terminate reason of a stopped branch starts, so that its own task knows why its job ended."""


def stop_reason(group_id: str, failed_task: str) -> str:
    """Why a branch's job is terminated: shown by Batch as the job's statusReason, and in the task's error."""
    return f"{STOPPED_BY}task {failed_task!r} failed, and parallel branches {group_id!r} fail fast"


TASK_STOPPED = "The Airflow task was stopped"
"""How the terminate reason of a job starts whose task's process Airflow told to stop."""

CLEARED = "The Airflow task was cleared"
"""The terminate reason of a job whose task was cleared, and gets another."""

LEFT_BEHIND = "Not needed, says airstep: "
"""How the terminate reason of a job starts whose turn never came, because a task before it did not succeed."""


def left_behind(task_id: str) -> str:
    """Why the jobs behind a task of a job graph are terminated."""
    return f"{LEFT_BEHIND}task {task_id!r}, which comes before it, did not succeed"


_SHOWN_CHILDREN = 20


def _failure(job: Job, log_tail: Sequence[str], failed_children: Sequence[int]) -> str:
    lines = [f"Batch job {job.job_name!r} ({job.job_id}) failed: {job.status_reason or 'AWS gives no reason'}"]
    if job.exit_code is not None:
        lines.append(f"  exit code: {job.exit_code}")
    if job.container_reason:
        lines.append(f"  container: {job.container_reason}")
    if job.array_size is not None:
        lines.append(f"  children: {_children(job, failed_children)}")
    if len(job.attempts) > 1:
        lines.append(f"  attempts: {len(job.attempts)}")
    lines.append(f"  queue: {job.queue}")
    lines.append(f"  definition: {job.definition}")
    if log_tail:
        lines.append(
            f"  last log lines ({job.log_group}, {job.log_stream}):" if job.log_stream else "  last log lines:"
        )
        lines.extend(f"    {line}" for line in log_tail)
    return "\n".join(lines)


def _children(job: Job, failed: Sequence[int]) -> str:
    count = (job.array_counts or {}).get("FAILED", len(failed))
    shown = ", ".join(str(index) for index in failed[:_SHOWN_CHILDREN])
    more = ", …" if count > len(failed[:_SHOWN_CHILDREN]) else ""
    return f"{count} of {job.array_size} failed" + (f" (index {shown}{more})" if shown else "")
