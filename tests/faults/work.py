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
from tests.faults.kinds import Kind
from tests.faults.report import Outcome
from tests.local.batch_resources import Batch

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
    """One run of tasks of a kind; call nothing that asks AWS while it fails everybody."""

    airflow: Scheduler
    batch: Batch
    folder: Path
    kind: Kind
    name: str
    run_id: str

    @classmethod
    def start(cls, airflow: Scheduler, batch: Batch, folder: Path, kind: Kind) -> Work:
        """Trigger a run."""
        name = f"{kind.name}-{uuid.uuid4().hex[:8]}"
        run_id = airflow.trigger(kind.name, {"name": name})
        return cls(airflow=airflow, batch=batch, folder=folder, kind=kind, name=name, run_id=run_id)

    @property
    def waiting_state(self) -> str:
        """The state of a task that waits for its job."""
        return "deferred" if self.kind.deferred else "running"

    def run(self) -> Run:
        """The run as it is now."""
        return self.airflow.run(self.kind.name, self.run_id)

    def until(self, condition: Callable[[Run], Any], *, seconds: float = 180) -> Run:
        """The run, once the condition holds."""
        return self.airflow.wait(self.kind.name, self.run_id, condition, seconds=seconds)

    def wait_for_jobs(self, *, seconds: float = 180, other_than: Collection[str] = ()) -> Run:
        """The run, once all is submitted and waited for, in the triggerer if deferred.

        :param other_than: jobs that don't count.
        """
        self.until(lambda run: self.waits(run, other_than), seconds=seconds)
        wait_until(
            lambda: len({job["jobId"] for job in self.jobs()}.difference(other_than)) >= self.kind.jobs,
            seconds=seconds,
            what=self.airflow.tails,
        )
        if self.kind.deferred:
            wait_until(lambda: self.trigger_starts() >= len(self.kind.waiting), seconds=30, what=self.airflow.tails)
        return self.run()

    def waits(self, run: Run, other_than: Collection[str] = ()) -> bool:
        """Whether the tasks that have something to wait for know it, and wait."""
        told = {
            task
            for (task, key), value in run.xcoms.items()
            if key == "map_progress" or (key == "job" and value["job_id"] not in other_than)
        }
        states = {run.tasks.get(task) for task in self.kind.waiting}
        return states == {self.waiting_state} and told >= set(self.kind.waiting)

    def let_jobs_end(self) -> None:
        """The jobs, and those to come, end by themselves from now on."""
        (self.folder / self.name).touch()

    def ended(self, *, seconds: float = 240) -> Run:
        """The run, once it has ended."""
        return self.airflow.ended(self.kind.name, self.run_id, seconds=seconds)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs of the run, in any state."""
        filters = [{"name": "JOB_NAME", "values": [f"{self.name}-*"]}]
        pages = self.batch.client.get_paginator("list_jobs").paginate(jobQueue=self.batch.queue, filters=filters)
        ids = [job["jobId"] for page in pages for job in page["jobSummaryList"]]
        return list(self.batch.client.describe_jobs(jobs=ids)["jobs"]) if ids else []

    def jobs_alive(self) -> list[dict[str, Any]]:
        """The jobs that have not ended."""
        return [job for job in self.jobs() if job["status"] in ALIVE]

    def runs(self) -> list[dict[str, Any]]:
        """The jobs, the children in place of an array job."""
        found: list[dict[str, Any]] = []
        for job in self.jobs():
            size = job.get("arrayProperties", {}).get("size", 0)
            children = [f"{job['jobId']}:{index}" for index in range(size)]
            found += self.batch.client.describe_jobs(jobs=children)["jobs"] if children else [job]
        return found

    def outcome(self) -> Outcome:
        """What became of the tasks, whose run has ended."""
        run, jobs = self.run(), self.jobs()
        by_item: dict[str, list[dict[str, Any]]] = {item: [] for item in self.kind.work}
        for job in self.runs():
            by_item.setdefault(_item(job), []).append(job)
        succeeded = {item: [job for job in found if job["status"] == "SUCCEEDED"] for item, found in by_item.items()}
        return Outcome(
            tasks=self.kind.tasks,
            jobs=len(jobs),
            twice=sum(len(succeeded[item]) > 1 or _overlap(found) for item, found in by_item.items()),
            lost=sum(run.tasks.get(task) != "success" or not succeeded[item] for item, task in self.kind.work.items()),
            left_running=sum(job["status"] in ALIVE for job in jobs),
            tries_used=sum(max(0, tries - 1) for tries in run.tries.values()),
        )

    def expected(self, *, rounds: int = 1, lost: int = 0, tries_used: int = 0) -> Outcome:
        """What shall become of it, all jobs having been submitted so many times."""
        kind = self.kind
        return Outcome(tasks=kind.tasks, jobs=rounds * kind.jobs, lost=lost, tries_used=tries_used)

    def trigger_logs(self) -> str:
        """What the run's triggers have logged."""
        return self.airflow.trigger_logs(self.kind.name, self.run_id)

    def trigger_starts(self) -> int:
        """How often a triggerer has started a trigger of the run."""
        return self.trigger_logs().count("starting")


def _item(job: dict[str, Any]) -> str:
    """What the job does: a child of a map's array job does the item of its number, until some have succeeded."""
    index = job.get("arrayProperties", {}).get("index")
    variables = {each["name"]: each["value"] for each in job["container"]["environment"]}
    return str(variables["ITEM"] if index is None else index)


def _overlap(jobs: list[dict[str, Any]]) -> bool:
    """Whether two jobs ran at the same time, one that still runs until now."""
    ran = sorted(_times(jobs))
    return any(later[0] < earlier[1] for earlier, later in pairwise(ran))


def _times(jobs: list[dict[str, Any]]) -> Iterator[tuple[int, float]]:
    for job in jobs:
        if "startedAt" in job:
            yield int(job["startedAt"]), float(job.get("stoppedAt", "inf"))
