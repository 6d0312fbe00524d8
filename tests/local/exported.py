"""DAGs exported and run on the local AWS: what became of the execution and of its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator
from asl_export.pipeline import QueryLanguage, export_dag
from tests.local.batch_resources import Batch
from tests.local.state_machines import Execution, StateMachines


@dataclass(frozen=True)
class Run:
    """An execution that has ended and its jobs by name."""

    execution: Execution
    jobs: dict[str, list[dict[str, Any]]]

    @property
    def statuses(self) -> dict[str, list[str]]:
        return {name: sorted(str(job["status"]) for job in jobs) for name, jobs in sorted(self.jobs.items())}

    def span(self, name: str) -> tuple[int, int]:
        """When a job started and stopped, in milliseconds."""
        (job,) = self.jobs[name]
        return int(job["startedAt"]), int(job["stoppedAt"])

    def one_after_the_other(self, first: str, then: str) -> bool:
        return self.span(first)[1] <= self.span(then)[0]

    def side_by_side(self, one: str, other: str) -> bool:
        return self.span(one)[0] < self.span(other)[1] and self.span(other)[0] < self.span(one)[1]


@dataclass(frozen=True)
class Exporter:
    """Exports DAGs in one query language and runs them with a batch of resources."""

    machines: StateMachines
    batch: Batch
    language: QueryLanguage

    def job(self, name: str, script: str = "true", **settings: Any) -> BatchJobOperator:
        """A task that runs a shell script."""
        return BatchJobOperator(task_id=name, command=["sh", "-c", script], **self.where, **settings)

    @property
    def where(self) -> dict[str, str]:
        return {"job_queue": self.batch.queue, "job_definition": f"{self.batch.name}-definition"}

    def run(self, dag: DAG, data: Any = None) -> Run:
        text = export_dag(dag, query_language=self.language).to_json(pretty=False)
        execution = self.machines.run(text, data, seconds=60)
        jobs: dict[str, list[dict[str, Any]]] = {}
        for status in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"):
            found = self.batch.client.list_jobs(jobQueue=self.batch.queue, jobStatus=status)["jobSummaryList"]
            for job in found:
                jobs.setdefault(job["jobName"], []).append(self.batch.describe(job["jobId"]))
        return Run(execution, jobs)
