"""What two runs may say differently of a job's dependencies: Airflow waits where the export may let Batch wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asl_export.verify.flow import DagFlow
from asl_export.verify.jobs import Job


def never_had_a_turn(job: Job, jobs: Sequence[Job]) -> bool:
    """Whether Batch ended the job unstarted because one that it depends on had failed."""
    failed = {other.name for other in jobs if other.status == "FAILED"}
    return (
        job.status == "FAILED"
        and job.started is None
        and any(_name(dependency) in failed for dependency in job.request.get("dependsOn", ()))
    )


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
