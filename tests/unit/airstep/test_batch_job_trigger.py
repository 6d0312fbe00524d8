"""The trigger: when it terminates a job, and when it must not."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from airflow.sdk.exceptions import ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse, TaskStatesResult
from botocore.exceptions import ClientError

from airstep.hooks import task_instances
from airstep.job import Job
from airstep.triggers import batch_job as module
from airstep.triggers.batch_job import BatchJobTrigger
from airstep.triggers.poller import JobPoller, SharedBatch

TASK = {"dag_id": "d", "run_id": "r", "task_id": "g.b", "map_index": 2}
BRANCHES = {"group_id": "g", "ignored": ["g.b_2"]}


class FakeHook:
    def __init__(self) -> None:
        self.terminated: list[tuple[str, str]] = []
        self.errors: list[Exception] = []

    def terminate_all(self, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
        self.terminated += [(job_id, reason) for job_id in job_ids]
        return dict.fromkeys(job_ids, self.errors.pop(0)) if self.errors else {}


class FakeSupervisor:
    """Airflow's side of the triggerer: answers with the states of run r."""

    def __init__(self, states: Mapping[str, str | None]) -> None:
        self.answer: TaskStatesResult | ErrorResponse = TaskStatesResult(task_states={"r": dict(states)})
        self.asked: list[Any] = []

    async def asend(self, message: Any) -> TaskStatesResult | ErrorResponse:
        self.asked.append(message)
        return self.answer


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> FakeHook:
    made = FakeHook()

    async def describe(job_ids: Sequence[str]) -> Mapping[str, Job]:
        return {each: Job(job_id=each, job_name="n", queue="q", definition="d", status="RUNNING") for each in job_ids}

    def shared(connection: Any) -> SharedBatch:
        return SharedBatch(hook=made, poller=JobPoller(describe))  # type: ignore[arg-type]

    monkeypatch.setattr(module, "shared_batch", shared)
    return made


def supervise(monkeypatch: pytest.MonkeyPatch, states: Mapping[str, str | None]) -> FakeSupervisor:
    supervisor = FakeSupervisor(states)
    monkeypatch.setattr(task_instances.task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
    return supervisor


def trigger(**more: Any) -> BatchJobTrigger:
    return BatchJobTrigger(job_id="j", connection={"region_name": "r"}, task=TASK, submitted_at=0.0, **more)


def test_it_is_made_again_from_what_it_serialises_to() -> None:
    path, arguments = trigger(branches=BRANCHES, longest=5.0, behind=["k"]).serialize()
    assert path == f"{BatchJobTrigger.__module__}.{BatchJobTrigger.__qualname__}"
    assert BatchJobTrigger(**arguments).serialize() == (path, arguments)


@pytest.mark.parametrize("state", ["success", "failed", "skipped", "removed"])
def test_on_kill_terminates_the_job_of_a_finished_task(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook, state: str
) -> None:
    supervisor = supervise(monkeypatch, {"g.b_2": state})
    asyncio.run(trigger().on_kill())
    assert hook.terminated == [("j", f"The Airflow task was set to {state}")]
    assert (supervisor.asked[0].task_ids, supervisor.asked[0].map_index) == (["g.b"], 2)


@pytest.mark.parametrize("state", ["deferred", "running", "scheduled", "queued", "up_for_retry", None])
def test_on_kill_leaves_the_job_of_a_task_that_goes_on(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook, state: str | None
) -> None:
    supervise(monkeypatch, {"g.b_2": state})
    asyncio.run(trigger().on_kill())
    assert hook.terminated == []


@pytest.mark.parametrize(
    ("state", "ended"), [("failed", ["j", "l", "k"]), ("skipped", ["j", "l", "k"]), ("success", ["j"]), ("queued", [])]
)
def test_on_kill_ends_the_jobs_behind_it_unless_their_tasks_go_on(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook, state: str, ended: list[str]
) -> None:
    supervise(monkeypatch, {"g.b_2": state})
    asyncio.run(trigger(behind=["l", "k"]).on_kill())
    assert [job_id for job_id, _ in hook.terminated] == ended


@pytest.mark.parametrize(("code", "times"), [("TooManyRequestsException", 2), ("AccessDeniedException", 1)])
def test_on_kill_tries_again_while_it_may_help(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook, code: str, times: int
) -> None:
    supervise(monkeypatch, {"g.b_2": "failed"})
    hook.errors = [ClientError({"Error": {"Code": code, "Message": "words"}}, "TerminateJobs")]
    asyncio.run(trigger().on_kill())
    assert hook.terminated == [("j", "The Airflow task was set to failed")] * times


def test_on_kill_terminates_the_job_of_a_task_that_is_no_more(monkeypatch: pytest.MonkeyPatch, hook: FakeHook) -> None:
    supervise(monkeypatch, {})
    asyncio.run(trigger(behind=["k"]).on_kill())
    assert [job_id for job_id, _ in hook.terminated] == ["j", "k"]


def test_on_kill_leaves_the_job_when_airflow_does_not_say(monkeypatch: pytest.MonkeyPatch, hook: FakeHook) -> None:
    supervisor = supervise(monkeypatch, {})
    supervisor.answer = ErrorResponse(error=ErrorType.GENERIC_ERROR)
    with pytest.raises(LookupError):
        asyncio.run(trigger().on_kill())
    assert hook.terminated == []


def test_a_failure_in_the_group_terminates_the_job_and_ends_the_wait(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook
) -> None:
    supervise(monkeypatch, {"g.a": "failed", "g.b_2": "deferred"})
    monkeypatch.setattr(module, "CHECK_EVERY", 0.05)

    async def first_event() -> Any:
        return await asyncio.wait_for(anext(trigger(branches=BRANCHES).run()), timeout=10)

    reason = "Stopped by airstep: task 'g.a' failed, and parallel branches 'g' fail fast"
    assert asyncio.run(first_event()).payload == {"stopped": reason}
    assert hook.terminated == [("j", reason)]


@pytest.mark.parametrize(("trigger_id", "settle"), [(7, 0.3), (None, 3600.0)])
def test_only_a_triggerer_holds_an_event_back_until_the_scheduler_has_settled(
    monkeypatch: pytest.MonkeyPatch, hook: FakeHook, trigger_id: int | None, settle: float
) -> None:
    supervise(monkeypatch, {"g.a": "failed", "g.b_2": "deferred"})
    monkeypatch.setattr(module, "CHECK_EVERY", 0.01)
    monkeypatch.setattr(module, "noticed_within", lambda: settle)

    async def seconds() -> float:
        loop, waiting = asyncio.get_running_loop(), trigger(branches=BRANCHES)
        waiting.trigger_id = trigger_id
        began = loop.time()
        await asyncio.wait_for(anext(waiting.run()), timeout=10)
        return loop.time() - began

    held = asyncio.run(seconds()) >= settle
    assert held is (trigger_id is not None)


def test_many_triggers_of_a_group_ask_airflow_once(monkeypatch: pytest.MonkeyPatch, hook: FakeHook) -> None:
    supervisor = supervise(monkeypatch, {"g.a": "failed"})
    monkeypatch.setattr(module, "CHECK_EVERY", 0.5)

    async def all_events() -> None:
        runs = [trigger(branches=BRANCHES).run() for _ in range(20)]
        await asyncio.wait_for(asyncio.gather(*(anext(run) for run in runs)), timeout=10)

    asyncio.run(all_events())
    assert (len(supervisor.asked), len(hook.terminated)) == (1, 20)
