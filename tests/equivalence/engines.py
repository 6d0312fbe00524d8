"""A plan run both ways on the same local AWS, at the same time, and compared."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from asl_export.diagnostics import Diagnostic
from asl_export.pipeline import Export, QueryLanguage
from asl_export.verify.compare import Comparison, Difference, compare
from asl_export.verify.flow import dag_flow
from asl_export.verify.jobs import Job, is_planning, plain_name, read_job
from asl_export.verify.run import Outcome, Run
from tests.equivalence.compiling import compiled
from tests.equivalence.direct import AirflowProcess, DirectEnd, airflow_process
from tests.equivalence.exported import ExportedEnd, StepFunctions
from tests.equivalence.plans import Plan
from tests.equivalence.source import RESULTS, Setting, source
from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws, serving

DIRECT, EXPORTED = "direct", "exported"
VCPUS = 64

Change = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes another definition of an export's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What came of a plan: both runs, what differs between them, and how long each took, in seconds."""

    plan: Plan
    language: QueryLanguage
    comparison: Comparison
    differences: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]
    seconds: Mapping[str, float]


class Engines:
    """Airflow and Step Functions on one local AWS, each with a job queue of its own."""

    def __init__(self, aws: LocalAws, airflow: AirflowProcess, folder: Path) -> None:
        self._batch = aws.client("batch")
        self._airflow = airflow
        self._machines = StepFunctions(aws.client("stepfunctions"))
        self._folder = folder
        self._numbers = count(1)

    def export(self, plan: Plan, language: QueryLanguage, *, dag_id: str = "plan") -> tuple[DAG, Export]:
        """The plan's DAG and its export, as they run in Step Functions.

        :raises ExportError: when the compiler refuses the DAG.
        """
        return compiled(source(plan, dag_id, setting=self._setting(EXPORTED)), dag_id, language, self._folder)

    def run(
        self,
        plan: Plan,
        language: QueryLanguage,
        *,
        export_of: Plan | None = None,
        change: Change = lambda definition: definition,
    ) -> Example:
        """Run a plan both ways and compare.

        :param export_of: what is exported in the plan's place, to see that it is noticed.
        :param change: made to the exported definition, likewise.
        :raises ExportError: when the compiler refuses the DAG.
        :raises DirectRunError: when Airflow makes no run.
        """
        dag_id = f"plan-{next(self._numbers)}"
        clock = _Clock()
        dag, export = self.export(plan, language, dag_id=dag_id)
        if export_of is not None:
            _, export = self.export(export_of, language, dag_id=dag_id)
        clock.lap("export")
        for engine in (DIRECT, EXPORTED):
            shutil.rmtree(self._folder / engine, ignore_errors=True)
            (self._folder / engine).mkdir()
        conf, began = dict(plan.conf), time.time()
        execution = f"{dag_id}-execution"
        self._airflow.begin(dag_id, source(plan, dag_id, setting=self._setting(DIRECT)), conf)
        try:
            ended = self._machines.run(execution, json.dumps(change(export.definition)), conf)
            clock.lap("exported run")
        finally:
            direct = self._airflow.end()  # else the next run would be taken for this one
        clock.lap("rest of the direct run")
        same = {str(self._folder / EXPORTED): str(self._folder / DIRECT), EXPORTED: DIRECT, execution: direct.run_id}
        flow = dag_flow(dag)
        comparison = compare(
            Run(outcome=_direct_outcome(direct, began), jobs=self._jobs(DIRECT, began)),
            Run(outcome=_exported_outcome(ended, began), jobs=self._jobs(EXPORTED, began)),
            flow.edges,
            same_text=same,
            flow=flow,
        )
        clock.lap("comparison")
        return Example(
            plan=plan,
            language=language,
            comparison=comparison,
            differences=tuple(map(_said, comparison.differences)),
            warnings=export.warnings,
            seconds=clock.laps,
        )

    def _setting(self, engine: str) -> Setting:
        return Setting(queue=engine, folder=str(self._folder / engine))

    def _jobs(self, queue: str, since: float) -> tuple[Job, ...]:
        """The jobs that were submitted to a queue, oldest first."""
        after = [{"name": "AFTER_CREATED_AT", "values": [str(int(since * 1000) - 1)]}]
        pages = self._batch.get_paginator("list_jobs").paginate(jobQueue=queue, filters=after)
        listed = [[job["jobId"] for job in page["jobSummaryList"]] for page in pages]
        all_jobs = [job for ids in listed if ids for job in self._batch.describe_jobs(jobs=ids)["jobs"]]
        described = [job for job in all_jobs if not is_planning(job)]
        names = {job["jobId"]: plain_name(job["jobName"]) for job in described}
        jobs = [read_job(job, names) for job in described]
        return tuple(sorted(jobs, key=lambda job: (job.created, job.name, job.id)))


class _Clock:
    def __init__(self) -> None:
        self._last = time.monotonic()
        self.laps: dict[str, float] = {}

    def lap(self, what: str) -> None:
        now = time.monotonic()
        self.laps[what], self._last = now - self._last, now


def _said(difference: Difference) -> str:
    if not difference.direct and not difference.exported:
        return f"{difference.where}: {difference.what}"
    return f"{difference.where}: {difference.what}: Airflow: {difference.direct}; Step Functions: {difference.exported}"


def _direct_outcome(end: DirectEnd, began: float) -> Outcome:
    states = ", ".join(f"{task}: {state}" for task, state in sorted(end.tasks.items()) if state != "success")
    succeeded = end.state == "success"
    return Outcome(
        engine="Airflow",
        succeeded=succeeded,
        reason=None if succeeded else f"{end.state} ({states}): {end.exception}",
        began=began,
        ended=time.time(),
        log=Path(),
    )


def _exported_outcome(end: ExportedEnd, began: float) -> Outcome:
    succeeded = end.status == "SUCCEEDED"
    reason = f"{end.status} {end.error}: {end.cause[:600]}"
    return Outcome(
        engine="Step Functions",
        succeeded=succeeded,
        reason=None if succeeded else reason,
        began=began,
        ended=time.time(),
        log=Path(),
    )


@contextlib.contextmanager
def local_aws(expressions: Path | None = None) -> Iterator[LocalAws]:
    """A local AWS for both engines.

    :param expressions: a file to which it adds every JSONata expression that it evaluates, with its value.
    """
    record = ["--record-expressions", str(expressions)] if expressions else []
    with serving("--minimum-timeout", "1", "--stop-timeout", "2", *record) as aws:
        yield aws


@contextlib.contextmanager
def engines(aws: LocalAws, *, limit: float = 90.0) -> Iterator[Engines]:
    """Both engines on a local AWS, with queues and job definitions; all gone when the block is left.

    :param limit: seconds that Airflow has for a run, once the exported one has ended.
    """
    _make_resources(aws)
    with (
        tempfile.TemporaryDirectory(prefix="airstep-equivalence-") as name,
        airflow_process(aws.endpoint, limit=limit) as airflow,
    ):
        yield Engines(aws, airflow, Path(name).resolve())


def _make_resources(aws: LocalAws) -> None:
    batch = Batch(aws=aws, name="equivalence")
    environment = batch.environment(vcpus=VCPUS)
    for queue in (DIRECT, EXPORTED):
        batch.make_queue(queue, environment)
    small = [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]
    for name, image in (("shell", "shell"), ("result", "result"), ("items", "items"), ("planner", "item_runner")):
        batch.client.register_job_definition(
            jobDefinitionName=name,
            type="container",
            containerProperties={"image": f"airstep/{image}:1", "resourceRequirements": small},
        )
    aws.client("s3").create_bucket(Bucket=RESULTS.split("/")[2])
