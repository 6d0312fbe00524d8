"""What it costs the triggerer to wait for thousands of jobs: calls and processor time of each look at all of them."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import BatchHook
from airstep.job import Job
from airstep.limiter import Limiter
from airstep.pace import LONGEST
from airstep.triggers.poller import JobPoller
from tests.prompt_loop import PromptLoop

AGE = 600.0
"""Seconds since the jobs were submitted: old enough for the longest time between two looks."""
_FAST = 1e9
_CONTAINER = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/encode:1",
    "command": ["encode", "--size", "1080p", "s3://media/in.mp4", "s3://media/out.mp4"],
    "jobRoleArn": "arn:aws:iam::123456789012:role/job",
    "volumes": [],
    "environment": [{"name": "SIZE", "value": "1080p"}, {"name": "MANAGED_BY_AWS", "value": "1"}],
    "mountPoints": [],
    "ulimits": [],
    "networkInterfaces": [],
    "resourceRequirements": [{"value": "2", "type": "VCPU"}, {"value": "4096", "type": "MEMORY"}],
    "logStreamName": "encode/default/0123456789abcdef0123456789abcdef",
    "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/batch/0123456789abcdef0123456789abcdef",
    "secrets": [],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One look at all jobs: DescribeJobs calls, and milliseconds of the processor (median of all looks).

    In the milliseconds is all that happens in this process: signing, boto3's reading of the answers, the poller.
    """

    jobs: int
    looks: int
    calls_a_look: float
    processor_ms_a_look: float


class _Raw:
    """The body of an answer as urllib3 hands it on."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> list[bytes]:
        return [self._body]


class _Answers:
    """DescribeJobs of running jobs, without a network; the answers are made before time is taken."""

    def __init__(self, jobs: Sequence[str]) -> None:
        self._texts = {job: json.dumps(_running(job)) for job in jobs}
        self.calls = 0

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """The answer to a call, in place of sending it."""
        self.calls += 1
        described = ",".join(self._texts[job] for job in json.loads(request.body)["jobs"])
        body = _Raw(f'{{"jobs":[{described}]}}'.encode())
        return AWSResponse(request.url, 200, {"Content-Type": "application/json"}, body)


class _Clients:
    """A real client of Batch, whose calls are answered here."""

    def __init__(self, answers: _Answers) -> None:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self._batch = boto3.client("batch", region_name="us-east-1", **keys)
        self._batch.meta.events.register("before-send.batch.DescribeJobs", answers)

    def client(self, service: str, *, region: str | None = None, one_try: bool = False) -> Any:
        return self._batch

    def fresh(self) -> _Clients:
        return self

    def prepare(self) -> None:
        """Nothing: it is ready."""

    def forget(self) -> None:
        """Nothing: there is no connection."""


def measure_waiting(jobs: int, looks: int = 10) -> Waiting:
    """Wait for so many jobs that run on, for as long as it takes to look at all of them so often."""
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(jobs)]
    answers = _Answers(ids)
    hook = BatchHook(AwsConnection(aws_conn_id=None), clients=_Clients(answers), limiter=Limiter(most=_FAST))
    with asyncio.Runner(loop_factory=PromptLoop) as runner:
        spent = runner.run(_looks(hook, ids, looks))
    return Waiting(
        jobs=jobs,
        looks=looks,
        calls_a_look=answers.calls / looks,
        processor_ms_a_look=round(statistics.median(spent) * 1000, 1),
    )


async def _looks(hook: BatchHook, ids: Sequence[str], looks: int) -> list[float]:
    """Seconds of the processor that each look took."""

    async def describe(job_ids: Sequence[str]) -> Mapping[str, Job]:
        return hook.describe(job_ids)  # here, not in a thread: this loop's time would run away meanwhile

    poller = JobPoller(describe)
    waits = [asyncio.create_task(poller.wait(job_id, age=AGE)) for job_id in ids]
    await asyncio.sleep(LONGEST / 2)
    spent = []
    for _ in range(looks):
        before = time.process_time()
        await asyncio.sleep(LONGEST)
        spent.append(time.process_time() - before)
    for each in waits:
        each.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return spent


def _running(job: str) -> Mapping[str, Any]:
    return {
        "jobArn": f"arn:aws:batch:us-east-1:123456789012:job/{job}",
        "jobName": "encode-0123abcd-0123456789ab",
        "jobId": job,
        "jobQueue": "arn:aws:batch:us-east-1:123456789012:job-queue/low",
        "status": "RUNNING",
        "attempts": [],
        "createdAt": 1773043200000,
        "startedAt": 1773043260000,
        "dependsOn": [],
        "jobDefinition": "arn:aws:batch:us-east-1:123456789012:job-definition/encode:1",
        "parameters": {},
        "container": _CONTAINER,
        "tags": {},
        "platformCapabilities": ["EC2"],
    }
