"""The Batch jobs of a run, as ListJobs and DescribeJobs show them.

Sources: https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html and API_ListJobs.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from airstep.maps.requests import PLANNER
from asl_export.verify.session import Session

ADDED_NAME = "-[0-9a-f]{8}-[0-9a-f]{12}"
"""What a direct run adds to a job's name so that it finds its own job again, as a regular expression.

No job's id ends like that: it has four digits before its last twelve.
"""

ADDED_ENVIRONMENT = frozenset({"MANAGED_BY_AWS"})
"""Variables that Step Functions adds to a `.sync` job's environment."""

NAME_LENGTH = 106
"""So much of a name is left of it in both runs: a direct run cuts a longer one off in front of what it adds."""

ENDED = frozenset({"SUCCEEDED", "FAILED"})
_PAGE = 100  # DescribeJobs takes so many ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job: what was asked of Batch, and what came of it. Times are seconds since 1970, None where not reached."""

    id: str
    name: str
    queue: str
    request: Mapping[str, Any]
    status: str
    reason: str | None
    exit_code: int | None
    created: float
    started: float | None
    stopped: float | None
    log_stream: str | None
    children: Mapping[str, int] = field(default_factory=dict)
    """Of an array job: how many of its children are in each status. Its own is PENDING while they run."""
    result: tuple[Any, ...] = ()
    """The JSON document that it was to write and wrote, if it did."""

    @property
    def ended(self) -> bool:
        """Whether Batch is done with it."""
        return self.status in ENDED

    @property
    def ended_by_itself(self) -> bool:
        """Whether its own program ended it, so that its outcome is its own: not removed, terminated or timed out."""
        return self.status == "SUCCEEDED" or (
            self.status == "FAILED" and (self.reason or "").startswith("Essential container in task exited")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWatch:
    """Sees the jobs that were submitted after it was made."""

    batch: Any
    since: float
    known: frozenset[str]

    @classmethod
    def begin(cls, session: Session, *, now: float, slack: float = 60.0) -> JobWatch:
        """Watch from `now` on; jobs of the `slack` seconds before are known, so a clock that differs does no harm."""
        watch = cls(batch=session.client("batch"), since=now - slack, known=frozenset())
        return cls(batch=watch.batch, since=watch.since, known=frozenset(watch.job_ids()))

    def jobs(self) -> tuple[Job, ...]:
        """All new jobs, described, oldest first."""
        described = [
            job
            for ids in _pages(self.job_ids())
            for job in self.batch.describe_jobs(jobs=ids)["jobs"]
            if not is_planning(job)
        ]
        names = {job["jobId"]: plain_name(job["jobName"]) for job in described}
        return tuple(
            sorted((read_job(job, names) for job in described), key=lambda job: (job.created, job.name, job.id))
        )

    def job_ids(self) -> list[str]:
        """Ids of the new jobs in all queues."""
        since = [{"name": "AFTER_CREATED_AT", "values": [str(int(self.since * 1000))]}]
        queues = self.batch.get_paginator("describe_job_queues").paginate()
        pages = self.batch.get_paginator("list_jobs")
        return [
            job["jobId"]
            for listed in queues
            for queue in listed["jobQueues"]
            for page in pages.paginate(jobQueue=queue["jobQueueArn"], filters=since)
            for job in page["jobSummaryList"]
            if job["jobId"] not in self.known
        ]


def is_planning(described: Mapping[str, Any]) -> bool:
    """Whether a job does for an exported map what Airflow's task does by itself: that is no job of the DAG's."""
    command = (described.get("container") or {}).get("command") or []
    return tuple(command[: len(PLANNER)]) == PLANNER


def plain_name(name: str) -> str:
    """A job's name as the DAG gave it, at most `NAME_LENGTH` of it."""
    return re.sub(f"{ADDED_NAME}$", "", name)[:NAME_LENGTH]


def read_job(described: Mapping[str, Any], names: Mapping[str, str]) -> Job:
    """A job from its description; `names` turns the ids it depends on into names."""
    name = plain_name(described["jobName"])
    container = described.get("container") or {}
    attempt = (described.get("attempts") or [{}])[-1].get("container", {})
    reason = attempt.get("reason") or container.get("reason")
    status_reason = described.get("statusReason")
    return Job(
        id=described["jobId"],
        name=name,
        queue=described["jobQueue"].rpartition("/")[2],
        request=_request(described, name, names),
        status=described["status"],
        reason=f"{status_reason} ({reason})" if status_reason and reason else status_reason or reason,
        exit_code=container.get("exitCode", attempt.get("exitCode")),
        created=described["createdAt"] / 1000,
        started=_seconds(described.get("startedAt")),
        stopped=_seconds(described.get("stoppedAt")),
        log_stream=container.get("logStreamName"),
        children=(described.get("arrayProperties") or {}).get("statusSummary") or {},
    )


def _request(described: Mapping[str, Any], name: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The parts of a description that say what SubmitJob asked for, in one order and without what an engine adds."""
    container = described.get("container") or {}
    environment = {item["name"]: item["value"] for item in container.get("environment", [])}
    resources = {item["type"]: item["value"] for item in container.get("resourceRequirements", [])}
    # Before resourceRequirements there were two fields of their own; a description may use either.
    resources |= {
        kind: str(container[old]) for old, kind in (("vcpus", "VCPU"), ("memory", "MEMORY")) if old in container
    }
    request = {
        "jobName": name,
        "jobQueue": described["jobQueue"],
        "jobDefinition": described["jobDefinition"],
        "parameters": dict(described.get("parameters") or {}),
        "command": container.get("command"),
        "environment": {key: value for key, value in environment.items() if key not in ADDED_ENVIRONMENT},
        "resources": resources,
        "arraySize": (described.get("arrayProperties") or {}).get("size"),
        "retryStrategy": described.get("retryStrategy"),
        "timeout": described.get("timeout"),
        "dependsOn": sorted(_dependency(item, names) for item in described.get("dependsOn") or []),
        "shareIdentifier": described.get("shareIdentifier"),
        "schedulingPriority": described.get("schedulingPriority"),
        "propagateTags": described.get("propagateTags") or None,
        "tags": {key: value for key, value in (described.get("tags") or {}).items() if not key.startswith("aws:")},
        "nodeProperties": described.get("nodeProperties"),
        "eksProperties": described.get("eksProperties"),
        "ecsProperties": described.get("ecsProperties"),
    }
    return {field: value for field, value in request.items() if value not in (None, {}, [])}


def _dependency(item: Mapping[str, str], names: Mapping[str, str]) -> str:
    job_id, _, index = item.get("jobId", "").partition(":")
    parts = [names.get(job_id, job_id or "itself"), f"[{index}]" if index else "", item.get("type", "")]
    return " ".join(filter(None, parts))


def _seconds(milliseconds: float | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _pages(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page
