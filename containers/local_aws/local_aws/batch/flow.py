"""What a change of one job means for the others: dependencies met or failed, array jobs complete, jobs runnable."""

from collections import deque

from local_aws.batch.dependencies import DEPENDENT_JOB_FAILED, Dependencies
from local_aws.batch.jobs import AnyJob, ArrayJob, Job, JobStatus
from local_aws.batch.placement import Placement
from local_aws.batch.registry import JobRegistry

CHILD_FAILED = "Array Child Job failed"


class JobFlow:
    """Moves jobs from SUBMITTED to RUNNABLE, and from their last attempt to their end."""

    def __init__(self, *, jobs: JobRegistry, placement: Placement) -> None:
        self._jobs = jobs
        self._placement = placement
        self._dependencies = Dependencies(jobs.find)

    def enter(self, job: AnyJob) -> None:
        """Take a new job in, and let it go as far as its dependencies allow."""
        self._jobs.add(job)
        doomed = self._dependencies.add(job)
        self._evaluate(job)
        for hopeless in doomed:
            self.end(hopeless, JobStatus.FAILED, DEPENDENT_JOB_FAILED)

    def retry(self, job: Job) -> None:
        """Line the job up for its next attempt."""
        self._jobs.move(job, JobStatus.RUNNABLE)
        self._placement.add(job, first=True)

    def end(self, job: AnyJob, status: JobStatus, reason: str | None) -> None:
        """Give a job its last status, and do all that follows from it; a loop, since chains may be long."""
        ending: deque[tuple[AnyJob, JobStatus, str | None]] = deque([(job, status, reason)])
        while ending:
            each, status, reason = ending.popleft()
            if each.status.is_terminal:
                continue
            if isinstance(each, ArrayJob) and each.unfinished:  # its last child ends it
                each.stop_reason = each.stop_reason or reason
                ending.extend((child, status, reason) for child in each.children)
                continue
            self._jobs.move(each, status, reason)
            if isinstance(each, Job) and each.parent is not None and not each.parent.unfinished:
                ending.append((each.parent, *_outcome(each.parent)))
            for dependent in self._dependencies.ended(each):
                if dependent.status.is_terminal:
                    continue
                if status is JobStatus.FAILED:
                    ending.append((dependent, status, dependent.stop_reason or DEPENDENT_JOB_FAILED))
                else:
                    dependent.waiting -= 1
                    self._evaluate(dependent)

    def _evaluate(self, job: AnyJob) -> None:
        """Let a job and its children go as far as their dependencies allow."""
        if job.waiting:
            if job.status is JobStatus.SUBMITTED:
                self._jobs.move(job, JobStatus.PENDING)
        elif isinstance(job, ArrayJob):
            for child in job.children:
                if not child.status.is_terminal:
                    self._evaluate(child)
        elif job.stop_reason is not None:
            self.end(job, JobStatus.FAILED, job.stop_reason)
        elif job.parent is None or not job.parent.waiting:
            self._jobs.move(job, JobStatus.RUNNABLE)
            self._placement.add(job)


def _outcome(parent: ArrayJob) -> tuple[JobStatus, str | None]:
    if not parent.summary[JobStatus.FAILED]:
        return JobStatus.SUCCEEDED, None
    return JobStatus.FAILED, parent.stop_reason or CHILD_FAILED
