"""Jobs and runs as tests of the comparison make them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from asl_export.verify.edges import Edge, JobTask
from asl_export.verify.flow import DagFlow
from asl_export.verify.jobs import Job
from asl_export.verify.run import Outcome, Run

DIRECT_ID = "manual__2026-01-31T08:00:00.123456+00:00"
EXPORTED_ID = "manual__2026-01-31T08-00-00.123456+00-00"


def job(name: str, *, id: str = "", at: float = 0.0, **changes: Any) -> Job:
    """A job that ran for a second from `at` on."""
    request = {"jobName": name, "jobQueue": "queue", **changes.pop("request", {})}
    known: dict[str, Any] = {
        "id": id or f"{name}@{at}",
        "name": name,
        "queue": "queue",
        "request": request,
        "status": "SUCCEEDED",
        "reason": None,
        "exit_code": 0,
        "created": at,
        "started": at,
        "stopped": at + 1,
        "log_stream": None,
    }
    return Job(**{**known, **changes})


def failed(name: str, *, exit_code: int = 1, at: float = 0.0, **changes: Any) -> Job:
    reason = "Essential container in task exited"
    return job(name, at=at, status="FAILED", exit_code=exit_code, reason=reason, **changes)


def terminated(name: str) -> Job:
    return job(name, status="FAILED", exit_code=143, reason="a sibling failed")


def blocked(name: str, *dependencies: str) -> Job:
    """A job that Batch never started, since one that it depends on failed."""
    unstarted: dict[str, Any] = {"started": None, "exit_code": None, "reason": "Dependent Job failed"}
    return job(name, status="FAILED", request={"dependsOn": list(dependencies)}, **unstarted)


def run(engine: str, *jobs: Job, reason: str | None = None, **outcome: Any) -> Run:
    known: dict[str, Any] = {"began": 0, "ended": 9, "log": Path("log")}
    return Run(outcome=Outcome(engine=engine, succeeded=reason is None, reason=reason, **known, **outcome), jobs=jobs)


def direct_run(*jobs: Job, **outcome: Any) -> Run:
    return run("Airflow", *jobs, run_id=DIRECT_ID, **outcome)


def exported_run(*jobs: Job, **outcome: Any) -> Run:
    return run("Step Functions", *jobs, run_id=EXPORTED_ID, **outcome)


def task(name: str) -> JobTask:
    return JobTask(task_id=name, literal=True, pattern=re.compile(name))


def edge(upstream: str, downstream: str, *, per_item: bool = False) -> Edge:
    return Edge(upstream=task(upstream), downstream=task(downstream), per_item=per_item)


def flow(
    *edges: str, ahead: str = "", stopped_early: str = "", limited: str = "", retry_seconds: float = 0.0
) -> DagFlow:
    """What a DAG of these edges, each written "a b", says of its jobs; a name alone is a task without edges.

    :param ahead: the tasks in a group that submits its jobs ahead.
    """
    pairs = [tuple(text.split()) for text in edges]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    return DagFlow(
        tasks=tuple(task(name) for name in names),
        edges=tuple(edge(*pair) for pair in pairs if len(pair) == 2),
        parents={name: frozenset(pair[0] for pair in pairs if pair[1:] == (name,)) for name in names},
        ahead={
            name: frozenset(pair[0] for pair in pairs if pair[1:] == (name,)) & set(ahead.split())
            for name in ahead.split()
        },
        stopped_early=frozenset(stopped_early.split()),
        limited=frozenset(limited.split()),
        retry_seconds=dict.fromkeys(names, retry_seconds),
    )
