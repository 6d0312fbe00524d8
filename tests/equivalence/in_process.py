"""Exported machines executed by the local AWS's own interpreter: no server, no jobs, and a clock that never waits."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from botocore.exceptions import ClientError

from local_aws.stepfunctions.definition import parse_definition
from local_aws.stepfunctions.engine import Engine
from local_aws.stepfunctions.execution import Execution, Source
from local_aws.stepfunctions.machine import Machine
from local_aws.stepfunctions.tokens import Tokens
from tests.equivalence.model import Durations, Outcome, RanJob
from tests.equivalence.plans import Job, Plan, walk

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:plan"


def exported_outcome(definition: Mapping[str, Any], plan: Plan, durations: Durations) -> Outcome:
    """What comes of a definition when its jobs do what the plan says."""
    machine = _without_pauses(parse_definition(json.dumps(definition)))
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_NoWaiting())) as runner:
        loop = cast("_NoWaiting", runner.get_loop()._selector)  # type: ignore[attr-defined]
        runner.get_loop().time = lambda: loop.now  # type: ignore[method-assign]
        return runner.run(_executed(machine, plan, durations))


async def _executed(machine: Machine, plan: Plan, durations: Durations) -> Outcome:
    services = _Services(plan, durations)
    source = Source(arn=MACHINE, name="plan", role_arn="role", region="us-east-1", definition="", machine=machine)
    execution = Execution(
        engine=cast("Engine", services), source=source, name="run", execution_input=json.dumps(dict(plan.conf))
    )
    await execution.run()
    return Outcome(
        succeeded=execution.status == "SUCCEEDED",
        jobs=tuple(job.ran for job in services.jobs.values() if job.ran is not None),
        note=f"{execution.status} {execution.error or ''}: {(execution.cause or '')[:300]}",
    )


def _without_pauses(machine: Machine) -> Machine:
    """The machine whose retries follow at once."""
    states = {
        name: replace(
            state,
            retriers=tuple(replace(rule, interval=0, jitter=False) for rule in state.retriers),
            branches=tuple(_without_pauses(branch) for branch in state.branches),
            processor=_without_pauses(state.processor) if state.processor else None,
        )
        for name, state in machine.states.items()
    }
    return replace(machine, states=states)


class _NoWaiting(selectors.SelectSelector):
    """A selector that, asked to wait, turns the clock on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return super().select(0)


@dataclass(slots=True, kw_only=True)
class _BatchJob:
    job_id: str
    name: str
    item: str
    end: asyncio.Task[bool]
    ran: RanJob | None = None

    def described(self) -> dict[str, Any]:
        """As DescribeJobs answers."""
        status = "SUCCEEDED" if self.end.result() else "FAILED"
        return {"jobId": self.job_id, "jobName": self.name, "status": status, "container": {"exitCode": 0}}


class _Services:
    """What an execution asks for of an engine: calls to Batch and S3, and the ends of jobs."""

    def __init__(self, plan: Plan, durations: Durations) -> None:
        self.aws = self
        self.batch_jobs = self
        self.tokens = Tokens()
        self.jobs: dict[str, _BatchJob] = {}
        self._planned = {job.name: job for job in plan.jobs}
        self._places = {job.name: items for job, items in _with_items(plan)}
        self._durations = durations
        self._attempts: dict[tuple[str, str], int] = {}
        self._documents: dict[str, str] = {}
        self._background: list[asyncio.Future[Any]] = []

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin work that outlives whoever asks for it."""
        self._background.append(asyncio.ensure_future(work))

    async def call(self, service: str, operation: str, request: Mapping[str, Any], *, region: str) -> Any:
        """The answer of an operation."""
        match operation:
            case "SubmitJob":
                job = self._submitted(request)
                return {"jobId": job.job_id, "jobName": job.name, "jobArn": job.job_id}
            case "TerminateJob":
                self._terminate(self.jobs[request["jobId"]])
                return {}
            case "GetObject":
                return self._document(f"s3://{request['Bucket']}/{request['Key']}")
        raise NotImplementedError(operation)

    def _terminate(self, job: _BatchJob) -> None:
        if job.end.cancel() and job.ran is not None:
            job.ran = replace(job.ran, ended=asyncio.get_running_loop().time(), succeeded=False)

    async def ended(self, job_id: str, *, region: str) -> Mapping[str, Any]:
        """The description of a job that has ended."""
        await asyncio.wait([self.jobs[job_id].end])
        return self.jobs[job_id].described()

    def _submitted(self, request: Mapping[str, Any]) -> _BatchJob:
        variables = {each["name"]: each["value"] for each in request["containerOverrides"].get("environment", ())}
        name, item = request["jobName"].rpartition("-")[2], variables.get("ITEM", "")
        attempt = self._attempts[name, item] = self._attempts.get((name, item), -1) + 1
        before = [self.jobs[each["jobId"]] for each in request.get("dependsOn", ())]
        job_id = f"{name}-{item}-{attempt}"
        work = self._run(job_id, self._planned[name], attempt, before, variables)
        self.jobs[job_id] = _BatchJob(job_id=job_id, name=name, item=item, end=asyncio.ensure_future(work))
        return self.jobs[job_id]

    async def _run(
        self, job_id: str, planned: Job, attempt: int, before: list[_BatchJob], variables: Mapping[str, str]
    ) -> bool:
        if before:
            await asyncio.wait([other.end for other in before])
            if not all(other.end.result() for other in before):
                return False
        job, started = self.jobs[job_id], asyncio.get_running_loop().time()
        lasts = self._durations(job.name, job.item, attempt)
        items = self._places[job.name]
        fails = planned.fails[items.index(job.item) if items else 0]
        job.ran = RanJob(
            name=job.name,
            item=job.item,
            started=started,
            ended=started + lasts,
            succeeded=attempt >= fails,
            reads=tuple(sorted((name, value) for name, value in variables.items() if name.startswith("GOT_"))),
        )
        await asyncio.sleep(lasts)
        if attempt >= fails and "AIRSTEP_RESULT_URI" in variables:
            self._documents[variables["AIRSTEP_RESULT_URI"]] = json.dumps(planned.result)
        return attempt >= fails

    def _document(self, uri: str) -> Any:
        if uri not in self._documents:
            answer: Any = {"Error": {"Code": "NoSuchKey", "Message": uri}, "ResponseMetadata": {"HTTPStatusCode": 404}}
            raise ClientError(answer, "GetObject")
        return {"Body": self._documents[uri].encode()}


def _with_items(plan: Plan) -> list[tuple[Job, tuple[str, ...]]]:
    found = []
    for member, groups in walk(plan.region):
        if isinstance(member, Job):
            mapped = next((group.items for group in groups if group.items), ())
            found.append((member, mapped or member.items))
    return found
