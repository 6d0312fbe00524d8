"""One job for one round of a task: never a second one, never one that nobody looks after."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException

from airstep.errors import SubmissionFailed
from airstep.job import Job
from airstep.job_names import unique_name
from airstep.submission import IN_FLIGHT, Intent, obtain_job

REQUEST = {"jobName": "encode", "jobQueue": "q", "jobDefinition": "d"}
IDENTITY = ("dag", "run", "task", -1)


class FakeBatch:
    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.terminated: list[str] = []
        self.dies_after_submitting = False

    def submit(self, request: Mapping[str, Any]) -> str:
        job_id = f"id-{len(self.jobs) + 1}"
        self.jobs[job_id] = Job(
            job_id=job_id, job_name=request["jobName"], queue="q", definition="d", status="SUBMITTED"
        )
        if self.dies_after_submitting:
            raise SubmissionFailed("the worker died")
        return job_id

    def describe(self, job_ids: list[str]) -> dict[str, Job]:
        return {job_id: self.jobs[job_id] for job_id in job_ids if job_id in self.jobs}

    def find(self, name: str, queue: str) -> Job | None:
        return next((job for job in reversed(self.jobs.values()) if (job.job_name, job.queue) == (name, queue)), None)

    def terminate(self, job_id: str, reason: str) -> None:
        self.terminated.append(job_id)

    def end(self, job_id: str, status: str) -> None:
        self.jobs[job_id] = replace(self.jobs[job_id], status=status)


class Memory(dict[str, Any]):
    def set(self, key: str, value: Any) -> None:
        self[key] = value


def obtain(
    batch: FakeBatch, store: Memory | None, *, generation: int = 0, try_number: int = 1, now: float = 0.0
) -> Job:
    known: dict[str, Any] = {"generation": generation, "try_number": try_number, "clock": lambda: now}
    return obtain_job(batch, REQUEST, identity=IDENTITY, store=store, **known)


def test_the_first_try_submits_under_a_name_of_its_own_and_remembers_the_id() -> None:
    batch, store = FakeBatch(), Memory()
    job = obtain(batch, store)
    intent = Intent.load(store)
    assert job.job_name == unique_name("encode", *IDENTITY, 1)
    assert intent is not None
    assert (intent.job_id, intent.round) == (job.job_id, 1)


@pytest.mark.parametrize("status", ["SUBMITTED", "RUNNABLE", "RUNNING", "SUCCEEDED"])
def test_a_retry_adopts_a_job_that_lives_or_succeeded(status: str) -> None:
    batch, store = FakeBatch(), Memory()
    job = obtain(batch, store)
    batch.end(job.job_id, status)
    assert obtain(batch, store, try_number=2) == batch.jobs[job.job_id]
    assert len(batch.jobs) == 1


def test_an_adopted_job_keeps_the_address_that_it_was_told_to_write_its_result_to() -> None:
    batch, store = FakeBatch(), Memory()
    known: dict[str, Any] = {"identity": IDENTITY, "generation": 0, "try_number": 1, "store": store}
    obtain_job(batch, REQUEST, **known, result_uri="s3://b/first.json")
    obtain_job(batch, REQUEST, **known, result_uri="s3://b/second.json")
    assert Intent.load(store).result_uri == "s3://b/first.json"  # type: ignore[union-attr]


def test_what_an_older_version_stored_is_understood() -> None:
    store = Memory(airstep_job={"generation": 0, "round": 1, "job_name": "n", "job_queue": "q", "job_id": "x"})
    assert Intent.load(store) == Intent(generation=0, round=1, job_name="n", job_queue="q", job_id="x")


def test_a_retry_after_a_failed_job_submits_a_new_round() -> None:
    batch, store = FakeBatch(), Memory()
    first = obtain(batch, store)
    batch.end(first.job_id, "FAILED")
    second = obtain(batch, store, try_number=2)
    assert second.job_name == unique_name("encode", *IDENTITY, 2)


@pytest.mark.parametrize("generation", [0, 1], ids=["retried", "cleared"])
@pytest.mark.parametrize("status", ["STARTING", "RUNNING"])
def test_a_task_whose_job_is_being_stopped_comes_again_until_it_has_ended(status: str, generation: int) -> None:
    batch, store = FakeBatch(), Memory()
    first = obtain(batch, store)
    batch.jobs[first.job_id] = replace(first, status=status, stopping=True)
    for _ in range(2):
        with pytest.raises(AirflowRescheduleException):
            obtain(batch, store, generation=generation, try_number=2)
    batch.end(first.job_id, "FAILED")
    second = obtain(batch, store, generation=generation, try_number=2)
    assert second.job_name == unique_name("encode", *IDENTITY, 2)
    assert (len(batch.jobs), batch.terminated) == (2, [])


def test_a_job_that_is_being_stopped_before_it_had_a_container_is_not_waited_for() -> None:
    batch, store = FakeBatch(), Memory()
    first = obtain(batch, store)
    batch.jobs[first.job_id] = replace(first, status="PENDING", stopping=True)
    second = obtain(batch, store, try_number=2)
    assert second.job_name == unique_name("encode", *IDENTITY, 2)
    assert obtain(batch, store, try_number=3).job_id == second.job_id


def test_a_job_that_was_stopped_too_late_is_adopted() -> None:
    batch, store = FakeBatch(), Memory()
    first = obtain(batch, store)
    batch.jobs[first.job_id] = replace(first, status="SUCCEEDED", stopping=True)
    assert obtain(batch, store, try_number=2).job_id == first.job_id


def test_a_job_whose_id_was_never_learnt_is_found_by_its_name() -> None:
    batch, store = FakeBatch(), Memory()
    batch.dies_after_submitting = True
    with pytest.raises(SubmissionFailed):
        obtain(batch, store)
    assert obtain(batch, store, try_number=2).job_id == "id-1"
    assert len(batch.jobs) == 1


def asked(store: Memory) -> str:
    """A job that was asked for by a process that died, its name."""
    name = unique_name("encode", *IDENTITY, 1)
    Intent(generation=0, round=1, job_name=name, job_queue="q").save(store)
    return name


@pytest.mark.parametrize("generation", [0, 1], ids=["retried", "cleared"])
def test_a_job_that_may_be_on_its_way_is_waited_for_from_the_first_look_on(generation: int) -> None:
    batch, store = FakeBatch(), Memory()
    asked(store)
    for now in (1000.0, 1000.0 + IN_FLIGHT - 1):
        with pytest.raises(AirflowRescheduleException):
            obtain(batch, store, generation=generation, try_number=2, now=now)
    assert batch.jobs == {}


def test_a_job_that_was_on_its_way_is_adopted() -> None:
    batch, store = FakeBatch(), Memory()
    name = asked(store)
    with pytest.raises(AirflowRescheduleException):
        obtain(batch, store, try_number=2)
    job_id = batch.submit({"jobName": name})
    assert obtain(batch, store, try_number=2).job_id == job_id
    assert len(batch.jobs) == 1


def test_an_intent_that_never_became_a_job_is_submitted_under_the_same_name() -> None:
    batch, store = FakeBatch(), Memory()
    name = asked(store)
    with pytest.raises(AirflowRescheduleException):
        obtain(batch, store, try_number=2, now=1000.0)
    assert obtain(batch, store, try_number=2, now=1000.0 + IN_FLIGHT).job_name == name


def test_a_cleared_task_terminates_its_live_job_and_gets_a_new_one() -> None:
    batch, store = FakeBatch(), Memory()
    old = obtain(batch, store, generation=0)
    new = obtain(batch, store, generation=1, try_number=2)
    assert batch.terminated == [old.job_id]
    assert new.job_id != old.job_id


def test_a_cleared_task_does_not_take_the_result_of_its_succeeded_job() -> None:
    batch, store = FakeBatch(), Memory()
    old = obtain(batch, store, generation=0)
    batch.end(old.job_id, "SUCCEEDED")
    assert obtain(batch, store, generation=1, try_number=2).job_id != old.job_id
    assert batch.terminated == []


def test_without_a_store_each_try_has_a_name_of_its_own() -> None:
    batch = FakeBatch()
    names = [obtain(batch, None, try_number=number).job_name for number in (1, 2)]
    assert names == [unique_name("encode", *IDENTITY, number) for number in (1, 2)]
