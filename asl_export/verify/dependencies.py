"""What two runs may say differently of a job's dependencies: either may let Batch wait where the other waits itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from airstep.errors import LEFT_BEHIND
from asl_export.verify.flow import DagFlow
from asl_export.verify.jobs import Job


def never_had_a_turn(job: Job, jobs: Sequence[Job]) -> bool:
    """Whether the job was ended unstarted because one that it depends on had failed, or that one's task had."""
    if job.status != "FAILED" or job.started is not None:
        return False
    failed = {other.name for other in jobs if other.status == "FAILED"}
    left_behind = (job.reason or "").startswith(LEFT_BEHIND)
    return left_behind or any(_name(dependency) in failed for dependency in job.request.get("dependsOn", ()))


def without_ahead(jobs: Sequence[Job], flow: DagFlow | None) -> list[Job]:
    """The direct run's jobs as if no group had submitted any ahead.

    Those that never had a turn are left out, and so are the dependencies of the others that a group has added: the
    state machine keeps that order itself.
    """
    return [kept for job in jobs if (kept := _without_ahead(job, jobs, flow))]


def dependency_differences(direct: Job, exported: Job, flow: DagFlow | None) -> Iterator[tuple[str, str, str]]:
    """The `dependsOn` of both, unless the export only adds jobs of tasks that are upstream in the DAG."""
    ours, theirs = (job.request.get("dependsOn", []) for job in (direct, exported))
    added = [dependency for dependency in theirs if dependency not in ours]
    if ours == theirs:
        return
    if not ours and flow is not None and all(flow.is_upstream(dependency, direct) for dependency in added):
        return
    yield "dependsOn", ", ".join(ours) or "not set", ", ".join(theirs) or "not set"


def _name(dependency: str) -> str:
    return dependency.partition(" ")[0]


def _without_ahead(job: Job, jobs: Sequence[Job], flow: DagFlow | None) -> Job | None:
    given = job.request.get("dependsOn", [])
    kept = [name for name in given if flow is None or not flow.is_ahead(_name(name), job)]
    if kept == given:
        return job
    if never_had_a_turn(job, jobs):
        return None
    request = {field: value for field, value in job.request.items() if field != "dependsOn"}
    return replace(job, request={**request, "dependsOn": kept} if kept else request)
