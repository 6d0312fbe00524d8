"""Five thousand deferred jobs of one connection, on an event loop whose time passes only while all wait."""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from airstep.hooks import batch as hooks_batch
from airstep.hooks.aws import AwsConnection
from airstep.job import Job
from airstep.limiter import Limiter, Priority
from airstep.triggers.poller import JobPoller, shared_batch
from tests.prompt_loop import PromptLoop

MANY = 5000


class RunningJobs:
    """DescribeJobs of jobs that run on; each call is a time and its ids."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, list[str]]] = []
        self.errors = 0

    async def describe(self, job_ids: Sequence[str]) -> Mapping[str, Job]:
        self.calls.append((asyncio.get_running_loop().time(), list(job_ids)))
        if self.errors:
            self.errors -= 1
            raise ConnectionError("throttled")
        return {each: Job(job_id=each, job_name="n", queue="q", definition="d", status="RUNNING") for each in job_ids}

    def ticks(self) -> dict[float, int]:
        """How many calls were made at a time."""
        return dict(Counter(time for time, _ in self.calls))


def watch(jobs: RunningJobs, ages: Sequence[float], *, seconds: float) -> RunningJobs:
    """Wait so long for jobs that are so old at first."""

    async def run() -> None:
        poller = JobPoller(jobs.describe)
        waits = [asyncio.create_task(poller.wait(f"j{number}", age=age)) for number, age in enumerate(ages)]
        await asyncio.sleep(seconds)
        for each in waits:
            each.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    with asyncio.Runner(loop_factory=PromptLoop) as runner:
        runner.run(run())
    return jobs


def test_a_tick_of_five_thousand_jobs_is_fifty_calls_that_name_each_job_once() -> None:
    jobs = watch(RunningJobs(), [600.0] * MANY, seconds=301)
    assert list(jobs.ticks()) == [30.0 * number for number in range(1, 11)]
    assert set(jobs.ticks().values()) == {50}
    assert len({job_id for _, job_ids in jobs.calls[:50] for job_id in job_ids}) == MANY


def test_the_time_between_two_ticks_is_a_tenth_of_the_jobs_age_up_to_half_a_minute() -> None:
    times = list(watch(RunningJobs(), [0.0] * MANY, seconds=1000).ticks())
    steps = [after - before for before, after in pairwise(times)]
    assert steps == [pytest.approx(min(max(before / 10, 0.15), 30.0)) for before in times[:-1]]
    assert set(steps[-5:]) == {30.0}


def test_jobs_of_any_ages_cost_no_more_calls_than_their_ages_ask_for() -> None:
    ages = [random.Random(number).uniform(0, 1000) for number in range(MANY)]
    jobs = watch(RunningJobs(), ages, seconds=300)
    looks = Counter(job_id for _, job_ids in jobs.calls for job_id in job_ids)
    assert len(looks) == MANY
    assert min(looks.values()) >= 9
    assert len(jobs.calls) <= sum(looks.values()) / 99


def test_after_an_error_every_job_is_looked_at_again() -> None:
    jobs = RunningJobs()
    jobs.errors = 3
    watch(jobs, [600.0] * MANY, seconds=59)
    assert len(jobs.calls) == 53
    assert len({job_id for _, job_ids in jobs.calls[3:] for job_id in job_ids}) == MANY


def test_the_looks_of_the_triggerer_go_through_the_limiter_before_submissions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Priority] = []

    class Watched(Limiter):
        def wait(self, priority: Priority) -> None:
            asked.append(priority)

    class Client:
        def describe_jobs(self, jobs: list[str]) -> dict[str, Any]:
            return {"jobs": [{"jobId": each, "jobName": "n", "jobQueue": "q", "status": "FAILED"} for each in jobs]}

    class Clients:
        def client(self, service: str, **how: Any) -> Client:
            return Client()

    connection = AwsConnection(aws_conn_id="scale")
    monkeypatch.setitem(hooks_batch._LIMITERS, ("scale", None), Watched())
    monkeypatch.setattr(hooks_batch, "provider_clients", lambda _: Clients())

    async def wait() -> Job:
        return await asyncio.wait_for(shared_batch(connection).poller.wait("a"), timeout=20)

    assert asyncio.run(wait()).status == "FAILED"
    assert asked == [Priority.LOOK]


PROBE = """
import sys
sys.modules["aiobotocore"] = None  # importing it fails
import airstep.triggers.batch_job, airstep.triggers.poller, airstep.hooks.batch
from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import BatchHook
print(BatchHook(AwsConnection(aws_conn_id=None, region_name="eu-west-1")).region)
"""


def test_waiting_in_the_triggerer_needs_no_aiobotocore() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "eu-west-1"
