"""Who waits for whom: docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from local_aws.batch.jobs import AnyJob, ArrayJob, Dependency, DependencyType, Job, JobStatus

DEPENDENT_JOB_FAILED = "Dependent Job failed"


class Dependencies:
    """The dependencies that aren't met yet, by the job that is waited for."""

    def __init__(self, find: Callable[[str], AnyJob | None]) -> None:
        self._find = find
        self._dependents: dict[str, list[AnyJob]] = {}

    def add(self, job: AnyJob) -> list[AnyJob]:
        """Count what ``job`` and its children wait for; those that can never run, since a dependency has failed."""
        doomed: list[AnyJob] = []
        for dependency in job.submission.dependencies:
            for waiting, upstream in self._pairs(job, dependency):
                if upstream.status is JobStatus.FAILED:
                    doomed.append(waiting)
                elif upstream.status is not JobStatus.SUCCEEDED:
                    waiting.waiting += 1
                    self._dependents.setdefault(upstream.id, []).append(waiting)
        return doomed

    def ended(self, job: AnyJob) -> list[AnyJob]:
        """Those that waited for ``job``, in the order in which they were submitted; it is forgotten here."""
        return self._dependents.pop(job.id, [])

    def _pairs(self, job: AnyJob, dependency: Dependency) -> Iterator[tuple[AnyJob, AnyJob]]:
        if dependency.type is DependencyType.SEQUENTIAL:
            yield from ((after, before) for before, after in pairwise(_children(job)))
            return
        upstream = self._find(dependency.job_id or "")
        if upstream is None:
            raise LookupError(f"{job.id} depends on {dependency.job_id}, which its request was checked for")
        if dependency.type is DependencyType.N_TO_N:
            yield from zip(_children(job), _children(upstream), strict=True)
        else:
            yield job, upstream


def _children(job: AnyJob) -> list[Job]:
    return job.children if isinstance(job, ArrayJob) else []
