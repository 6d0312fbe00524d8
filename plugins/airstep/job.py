"""What AWS Batch says about one job, as pure data: as DescribeJobs, XCom and trigger events carry it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

DEFAULT_LOG_GROUP = "/aws/batch/job"
"""Where Batch writes a job's output unless the definition says otherwise.

Source: https://docs.aws.amazon.com/batch/latest/userguide/using_cloudwatch_logs.html
"""


_IN_CONTAINER = ("STARTING", "RUNNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of a job's container; times are ISO 8601 in UTC."""

    exit_code: int | None
    reason: str | None
    status_reason: str | None
    started_at: str | None
    stopped_at: str | None
    log_stream: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A Batch job's description; times are ISO 8601 in UTC, `queue` and `definition` are ARNs.

    `status` is one of SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED. For an array job `array_size`
    is its number of children and `array_counts` how many of them are in each status. `stopping`: it was terminated, or
    cancelled before it ran, so unless it has ended it will do so soon without having done its work.
    Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobDetail.html
    """

    job_id: str
    job_name: str
    queue: str
    definition: str
    status: str
    status_reason: str | None = None
    exit_code: int | None = None
    container_reason: str | None = None
    created_at: str | None = None
    started_at: str | None = None
    stopped_at: str | None = None
    log_group: str | None = None
    log_region: str | None = None
    log_stream: str | None = None
    array_size: int | None = None
    array_counts: Mapping[str, int] | None = None
    attempts: tuple[Attempt, ...] = ()
    stopping: bool = False

    @property
    def ended(self) -> bool:
        """Whether the job's status will not change any more."""
        return self.status in ("SUCCEEDED", "FAILED")

    @property
    def succeeded(self) -> bool:
        """Whether the job ended well."""
        return self.status == "SUCCEEDED"

    @property
    def has_container(self) -> bool:
        """Whether a container of it may be there just now."""
        counts = self.array_counts or {}
        return self.status in _IN_CONTAINER or any(counts.get(status) for status in _IN_CONTAINER)

    def to_xcom(self) -> dict[str, Any]:
        """The description as JSON types: the XCom `job` of a task and the event of its trigger."""
        return {**asdict(self), "attempts": [asdict(attempt) for attempt in self.attempts]}

    @classmethod
    def from_xcom(cls, value: Mapping[str, Any]) -> Job:
        """The job that `to_xcom` wrote; keys of another version are left out."""
        known = {field.name for field in fields(cls)}
        kept = {name: item for name, item in value.items() if name in known}
        return cls(**{**kept, "attempts": tuple(Attempt(**item) for item in value.get("attempts", ()))})

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Job:
        """The job of one entry of DescribeJobs' `jobs`, whatever runs it (container, ECS, EKS, multi-node, array)."""
        containers = tuple(_containers(description))
        first = containers[0] if containers else {}
        logging = _logging(description, containers)
        array = description.get("arrayProperties") or {}
        return cls(
            job_id=description["jobId"],
            job_name=description["jobName"],
            queue=description["jobQueue"],
            definition=description.get("jobDefinition", ""),
            status=description["status"],
            status_reason=description.get("statusReason"),
            exit_code=_exit_code(containers),
            container_reason=first.get("reason"),
            created_at=_iso(description.get("createdAt")),
            started_at=_iso(description.get("startedAt")),
            stopped_at=_iso(description.get("stoppedAt")),
            log_group=logging.get("awslogs-group", DEFAULT_LOG_GROUP) if logging is not None else None,
            log_region=(logging or {}).get("awslogs-region"),
            log_stream=_log_stream(description, containers) if logging is not None else None,
            array_size=array.get("size"),
            array_counts=array.get("statusSummary"),
            attempts=tuple(_attempt(item) for item in description.get("attempts", ())),
            stopping=_is_stopping(description),
        )


def _is_stopping(description: Mapping[str, Any]) -> bool:
    # Batch cancels no job that has a container already.
    cancelled = description.get("isCancelled") and description["status"] not in _IN_CONTAINER
    return bool(description.get("isTerminated") or cancelled)


def _containers(description: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if container := description.get("container"):
        yield container
    for task in (description.get("ecsProperties") or {}).get("taskProperties", ()):
        yield from task.get("containers", ())
    pod = (description.get("eksProperties") or {}).get("podProperties") or {}
    yield from pod.get("containers", ())
    for node in (description.get("nodeProperties") or {}).get("nodeRangeProperties", ()):
        if container := node.get("container"):
            yield container


def _exit_code(containers: Sequence[Mapping[str, Any]]) -> int | None:
    codes = [code for item in containers if (code := item.get("exitCode")) is not None]
    return next((code for code in codes if code != 0), codes[0] if codes else None)


def _logging(description: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Mapping[str, str] | None:
    """The awslogs options; None when the job's output goes elsewhere than CloudWatch."""
    if "eksProperties" in description:
        return None
    given = (item["logConfiguration"] for item in containers if "logConfiguration" in item)
    configuration: Mapping[str, Any] = next(given, {})
    if configuration.get("logDriver", "awslogs") != "awslogs":
        return None
    options: Mapping[str, str] = configuration.get("options") or {}
    return options


def _log_stream(description: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> str | None:
    streams = [stream for item in containers if (stream := item.get("logStreamName"))]
    if streams:
        return str(streams[0])
    attempts = [_attempt(item).log_stream for item in description.get("attempts", ())]
    return next((stream for stream in reversed(attempts) if stream), None)


def _attempt(item: Mapping[str, Any]) -> Attempt:
    containers = [item["container"]] if item.get("container") else []
    for task in item.get("taskProperties", ()):
        containers.extend(task.get("containers", ()))
    containers.extend(item.get("containers", ()))
    first = containers[0] if containers else {}
    return Attempt(
        exit_code=_exit_code(containers),
        reason=first.get("reason"),
        status_reason=item.get("statusReason"),
        started_at=_iso(item.get("startedAt")),
        stopped_at=_iso(item.get("stoppedAt")),
        log_stream=next((stream for each in containers if (stream := each.get("logStreamName"))), None),
    )


def _iso(milliseconds: int | None) -> str | None:
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).isoformat(timespec="milliseconds")
