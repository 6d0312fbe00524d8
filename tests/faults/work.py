"""Tasks with jobs that end when a test lets them, and what became of both."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from tests.airflow_run import Run, Scheduler, wait_until
from tests.faults.report import Outcome
from tests.local.batch_resources import Batch

TASKS = 4
"""Tasks of one run."""

KINDS = ("waiting", "deferred")
"""How tasks wait for their jobs: in their own process, or in the triggerer."""

DAGS = """
from datetime import timedelta
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator

for deferrable in (False, True):
    with DAG(
        "deferred" if deferrable else "waiting",
        schedule=None,
        max_active_tasks=64,
        params={{"name": "job"}},
        default_args={{"retries": {retries}, "retry_delay": timedelta(0)}},
    ):
        BatchJobOperator.partial(
            task_id="task",
            job_queue="{name}-queue",
            job_definition="{name}-definition",
            job_name="{{{{ params.name }}}}",
            command=["sh", "-c", "until test -e {folder}/{{{{ params.name }}}}; do sleep 0.2; done"],
            poll_interval=2,
            deferrable=deferrable,
        ).expand(environment=[{{"ITEM": str(number)}} for number in range({tasks})])
"""

RETRIES = 3
ALIVE = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The local AWS's fault switch."""

    endpoint: str

    def set(self, *rules: dict[str, Any]) -> None:
        """These faults from now on, in place of all others."""
        body = json.dumps({"faults": rules}).encode()
        urlopen(Request(f"{self.endpoint}/local-aws/faults", data=body), timeout=20).close()

    def fired(self) -> int:
        """At how many calls the faults have fired."""
        with urlopen(f"{self.endpoint}/local-aws/faults", timeout=20) as answer:
            return sum(int(rule["fired"]) for rule in json.load(answer)["faults"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One run of `TASKS` tasks; call nothing that asks AWS while it fails everybody."""

    airflow: Scheduler
    batch: Batch
    folder: Path
    kind: str
    name: str
    run_id: str

    @classmethod
    def start(cls, airflow: Scheduler, batch: Batch, folder: Path, kind: str) -> Work:
        """Trigger a run."""
        name = f"{kind}-{uuid.uuid4().hex[:8]}"
        run_id = airflow.trigger(kind, {"name": name})
        return cls(airflow=airflow, batch=batch, folder=folder, kind=kind, name=name, run_id=run_id)

    @property
    def waiting_state(self) -> str:
        """The state of a task that waits for its job."""
        return "running" if self.kind == "waiting" else "deferred"

    def run(self) -> Run:
        """The run as it is now."""
        return self.airflow.run(self.kind, self.run_id)

    def until(self, condition: Callable[[Run], Any], *, seconds: float = 180) -> Run:
        """The run, once the condition holds."""
        return self.airflow.wait(self.kind, self.run_id, condition, seconds=seconds)

    def wait_for_jobs(self, *, seconds: float = 180, other_than: Collection[str] = ()) -> Run:
        """The run, once each task has its job and waits for it, in the triggerer if deferred."""

        def waits(run: Run) -> bool:
            states = [run.tasks.get(f"task[{index}]") for index in range(TASKS)]
            jobs = {job["job_id"] for (_, key), job in run.xcoms.items() if key == "job"}
            return states == [self.waiting_state] * TASKS and len(jobs.difference(other_than)) == TASKS

        run = self.until(waits, seconds=seconds)
        if self.kind == "deferred":
            wait_until(lambda: self.trigger_starts() >= TASKS, seconds=30, what=self.airflow.tails)
        return run

    def let_jobs_end(self) -> None:
        """The jobs, and those to come, end by themselves from now on."""
        (self.folder / self.name).touch()

    def ended(self, *, seconds: float = 240) -> Run:
        """The run, once it has ended."""
        return self.airflow.ended(self.kind, self.run_id, seconds=seconds)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs of the run, in any state."""
        filters = [{"name": "JOB_NAME", "values": [f"{self.name}-*"]}]
        pages = self.batch.client.get_paginator("list_jobs").paginate(jobQueue=self.batch.queue, filters=filters)
        ids = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
        return list(self.batch.client.describe_jobs(jobs=ids)["jobs"]) if ids else []

    def jobs_alive(self) -> list[dict[str, Any]]:
        """The jobs that have not ended."""
        return [job for job in self.jobs() if job["status"] in ALIVE]

    def outcome(self) -> Outcome:
        """What became of the tasks, whose run has ended."""
        run, jobs = self.run(), self.jobs()
        by_item: dict[str, list[dict[str, Any]]] = {str(number): [] for number in range(TASKS)}
        for job in jobs:
            by_item[_item(job)].append(job)
        succeeded = {item: [job for job in found if job["status"] == "SUCCEEDED"] for item, found in by_item.items()}
        return Outcome(
            tasks=TASKS,
            jobs=len(jobs),
            twice=sum(len(succeeded[item]) > 1 or _overlap(found) for item, found in by_item.items()),
            lost=sum(run.tasks.get(f"task[{item}]") != "success" or not succeeded[item] for item in by_item),
            left_running=sum(job["status"] in ALIVE for job in jobs),
            tries_used=sum(tries - 1 for tries in run.tries.values()),
        )

    def trigger_logs(self) -> str:
        """What the run's triggers have logged."""
        return self.airflow.trigger_logs(self.kind, self.run_id)

    def trigger_starts(self) -> int:
        """How often a triggerer has started a trigger of the run."""
        return self.trigger_logs().count("starting")


def _item(job: dict[str, Any]) -> str:
    variables = {each["name"]: each["value"] for each in job["container"]["environment"]}
    return str(variables["ITEM"])


def _overlap(jobs: list[dict[str, Any]]) -> bool:
    """Whether two jobs ran at the same time, one that still runs until now."""
    ran = sorted(_times(jobs))
    return any(later[0] < earlier[1] for earlier, later in pairwise(ran))


def _times(jobs: list[dict[str, Any]]) -> Iterator[tuple[int, float]]:
    for job in jobs:
        if "startedAt" in job:
            yield int(job["startedAt"]), float(job.get("stoppedAt", "inf"))
