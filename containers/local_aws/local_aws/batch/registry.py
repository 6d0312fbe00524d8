"""All jobs, by id and by queue, and the one place where a job's status changes."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from local_aws.batch.jobs import AnyJob, ArrayJob, Job, JobStatus


class JobRegistry:
    """The jobs of all queues. ``clock`` gives milliseconds since 1970; ``changed`` hears of every new status."""

    def __init__(self, *, clock: Callable[[], int], changed: Callable[[AnyJob], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._by_id: dict[str, AnyJob] = {}
        self._by_queue: dict[str, list[AnyJob]] = defaultdict(list)

    def add(self, job: AnyJob) -> None:
        """Take a new job in."""
        self._by_id[job.submission.job_id] = job
        self._by_queue[job.submission.queue_arn].append(job)

    def find(self, job_id: str) -> AnyJob | None:
        """The job, the array job, or the child ``<id>:<index>``."""
        base, _, index = job_id.partition(":")
        job = self._by_id.get(base)
        if not index or job is None:
            return job
        if isinstance(job, ArrayJob) and index.isdecimal() and int(index) < len(job.children):
            return job.children[int(index)]
        return None

    def in_queue(self, queue_arn: str) -> list[AnyJob]:
        """The jobs and array jobs of a queue, in the order in which they were submitted."""
        return self._by_queue.get(queue_arn, [])

    def of_region(self, account: str, region: str) -> Iterator[AnyJob]:
        """Every job of an account in a region."""
        for job in self._by_id.values():
            if job.submission.is_of(account, region):
                yield job

    def forget(self, account: str, region: str) -> None:
        """Drop every job of an account in a region."""
        gone = list(self.of_region(account, region))
        for job in gone:
            del self._by_id[job.id]
            self._by_queue.pop(job.submission.queue_arn, None)

    def move(self, job: AnyJob, status: JobStatus, reason: str | None = None) -> None:
        """Give a job its next status; its times, and its array job's summary, follow."""
        now = self._clock()
        before, job.status, job.status_reason = job.status, status, reason
        if isinstance(job, Job):
            if status is JobStatus.RUNNING:
                job.started_at = now
            if job.parent is not None:
                _count(job.parent, before, status, now)
                self._parent_follows(job.parent)
        if status.is_terminal:
            job.stopped_at = now
        self._changed(job)

    def _parent_follows(self, parent: ArrayJob) -> None:
        # "Array job parents are updated to PENDING when any child job is updated to RUNNABLE": API_ListJobs.
        if parent.status is JobStatus.SUBMITTED:
            self.move(parent, JobStatus.PENDING)


def _count(parent: ArrayJob, before: JobStatus, after: JobStatus, now: int) -> None:
    parent.summary[before] -= 1
    parent.summary[after] += 1
    parent.summary_at = now
