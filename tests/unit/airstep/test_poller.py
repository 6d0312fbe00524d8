"""One poller for all jobs that wait in an event loop."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from airstep.errors import JobLost
from airstep.job import Job
from airstep.triggers import poller as module
from airstep.triggers.poller import JobPoller


class FakeBatch:
    """Jobs that end after a number of looks at them."""

    def __init__(self, looks_needed: Mapping[str, int], *, errors: int = 0) -> None:
        self.calls: list[list[str]] = []
        self._left = dict(looks_needed)
        self._errors = errors

    async def describe(self, job_ids: Sequence[str]) -> Mapping[str, Job]:
        self.calls.append(list(job_ids))
        if self._errors:
            self._errors -= 1
            raise ConnectionError("throttled")
        return {job_id: self._look(job_id) for job_id in job_ids if job_id in self._left}

    def _look(self, job_id: str) -> Job:
        self._left[job_id] -= 1
        status = "SUCCEEDED" if self._left[job_id] <= 0 else "RUNNING"
        return Job(job_id=job_id, job_name="n", queue="q", definition="d", status=status)


def wait_for_all(batch: FakeBatch, *job_ids: str, age: float = 0.0) -> list[Job | BaseException]:
    async def run() -> list[Job | BaseException]:
        poller = JobPoller(batch.describe)
        waits = (poller.wait(job_id, age=age) for job_id in job_ids)
        return await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), timeout=20)

    return asyncio.run(run())


def test_many_jobs_share_calls_of_at_most_a_hundred_ids() -> None:
    ids = [f"j{number}" for number in range(250)]
    batch = FakeBatch(dict.fromkeys(ids, 2))
    jobs = wait_for_all(batch, *ids)
    assert all(isinstance(job, Job) and job.succeeded for job in jobs)
    assert max(len(call) for call in batch.calls) == 100
    assert len(batch.calls) <= 7


def test_an_error_of_describe_jobs_is_waited_out() -> None:
    batch = FakeBatch({"a": 1}, errors=2)
    (job,) = wait_for_all(batch, "a")
    assert isinstance(job, Job)
    assert len(batch.calls) == 3


def test_two_can_wait_for_the_same_job() -> None:
    batch = FakeBatch({"a": 2})
    first, second = wait_for_all(batch, "a", "a")
    assert first is second
    assert len(batch.calls) == 2


def test_a_job_that_aws_does_not_list_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOST_AFTER", 0.2)
    (error,) = wait_for_all(FakeBatch({}), "nowhere")
    assert isinstance(error, JobLost)


def test_a_cancelled_wait_ends_the_looks_at_its_job() -> None:
    async def run() -> list[list[str]]:
        batch = FakeBatch({"a": 1000, "b": 4})
        poller = JobPoller(batch.describe)
        cancelled = asyncio.create_task(poller.wait("a"))
        other = asyncio.create_task(poller.wait("b"))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.wait_for(other, timeout=20)
        return batch.calls

    assert asyncio.run(run()) == [["b"]] * 4


def test_an_old_job_is_not_looked_at_every_time_a_young_one_is() -> None:
    async def run() -> int:
        batch = FakeBatch({f"old{number}": 10**6 for number in range(100)} | {"young": 5})
        poller = JobPoller(batch.describe)
        olds = [asyncio.create_task(poller.wait(f"old{number}", age=3000)) for number in range(100)]
        await asyncio.wait_for(poller.wait("young"), timeout=20)
        for each in olds:
            each.cancel()
        return len(batch.calls)

    assert asyncio.run(run()) == 5
