"""A Batch job: what was submitted, which never changes, and how far it has come, which only the scheduler changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobStatus(StrEnum):
    """docs.aws.amazon.com/batch/latest/userguide/job_states.html."""

    SUBMITTED = "SUBMITTED"
    PENDING = "PENDING"
    RUNNABLE = "RUNNABLE"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended."""
        return self in _TERMINAL

    @property
    def is_waiting(self) -> bool:
        """Whether the job hasn't been given to a compute environment yet, and can still be cancelled."""
        return self in _WAITING


_TERMINAL = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED})
_WAITING = frozenset({JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE})


class DependencyType(StrEnum):
    """docs.aws.amazon.com/batch/latest/APIReference/API_JobDependency.html; WHOLE is a dependency without a type."""

    WHOLE = "WHOLE"
    N_TO_N = "N_TO_N"
    SEQUENTIAL = "SEQUENTIAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What a job waits for; SEQUENTIAL has no ``job_id``: each child waits for the one before it."""

    job_id: str | None
    type: DependencyType


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """One evaluateOnExit entry; a pattern that is None matches anything."""

    retry: bool
    on_exit_code: str | None
    on_reason: str | None
    on_status_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a job is tried, and when it isn't."""

    attempts: int = 1
    rules: tuple[RetryRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRequest:
    """What to run: the job definition's container with the job's parameters and overrides in it. ``memory`` in MiB.

    ``log_stream_prefix`` is None when the logs don't go to CloudWatch.
    """

    image: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    vcpus: float
    memory: int
    gpus: int
    log_group: str
    log_stream_prefix: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A SubmitJob request, checked and merged with its job definition.

    ``sequence`` counts the submissions; ``timeout`` is in seconds for each attempt; ``details`` and
    ``container_details`` are the parts of DescribeJobs' answer that never change. ``told_to_fail``: its program isn't
    run, the attempt ends with exit code 1.
    """

    sequence: int
    account: str
    region: str
    job_id: str
    job_name: str
    queue_arn: str
    queue_name: str
    definition_arn: str
    container: ContainerRequest
    dependencies: tuple[Dependency, ...]
    array_size: int | None
    retry: Retry
    timeout: int | None
    share_identifier: str | None
    details: Mapping[str, Any]
    container_details: Mapping[str, Any]
    told_to_fail: bool = False

    def is_of(self, account: str, region: str) -> bool:
        """Whether it was made in this account and region."""
        return (self.account, self.region) == (account, region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One ended attempt; times in milliseconds since 1970. No ``started_at`` and ``exit_code``: it never ran."""

    started_at: int | None
    stopped_at: int
    exit_code: int | None
    reason: str | None
    status_reason: str


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A job that runs: a plain one or, with ``index`` and ``parent``, a child of an array job.

    ``waiting`` counts the dependencies not yet met; ``stop_reason`` is set once it was cancelled or terminated.
    """

    submission: Submission
    created_at: int
    index: int | None = None
    parent: "ArrayJob | None" = None
    status: JobStatus = JobStatus.SUBMITTED
    status_reason: str | None = None
    started_at: int | None = None
    stopped_at: int | None = None
    attempts: tuple[Attempt, ...] = ()
    waiting: int = 0
    stop_reason: str | None = None
    is_cancelled: bool = False
    is_terminated: bool = False

    @property
    def id(self) -> str:
        """The job id; a child's is ``<id of the array job>:<index>``."""
        return self.submission.job_id if self.index is None else f"{self.submission.job_id}:{self.index}"


@dataclass(slots=True, kw_only=True, eq=False)
class ArrayJob:
    """The parent of an array job's children: it never runs itself, its status is theirs."""

    submission: Submission
    created_at: int
    children: list[Job] = field(default_factory=list)
    summary: dict[JobStatus, int] = field(default_factory=dict)
    summary_at: int = 0
    status: JobStatus = JobStatus.SUBMITTED
    status_reason: str | None = None
    stopped_at: int | None = None
    waiting: int = 0
    stop_reason: str | None = None
    is_cancelled: bool = False
    is_terminated: bool = False

    @property
    def id(self) -> str:
        """The job id."""
        return self.submission.job_id

    @property
    def unfinished(self) -> int:
        """How many children haven't ended."""
        return len(self.children) - self.summary[JobStatus.SUCCEEDED] - self.summary[JobStatus.FAILED]


AnyJob = Job | ArrayJob


def new_job(submission: Submission, now: int) -> AnyJob:
    """A job as SubmitJob leaves it, with all its children when it is an array job."""
    if submission.array_size is None:
        return Job(submission=submission, created_at=now)
    parent = ArrayJob(submission=submission, created_at=now, summary_at=now)
    parent.summary = dict.fromkeys(JobStatus, 0) | {JobStatus.SUBMITTED: submission.array_size}
    parent.children = [
        Job(submission=submission, created_at=now, index=index, parent=parent) for index in range(submission.array_size)
    ]
    return parent
