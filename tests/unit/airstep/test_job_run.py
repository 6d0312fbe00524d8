"""How a try ends: whose job is terminated, what is retried, what the request looks like."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowTaskTimeout,
    TaskDeferred,
)

from airstep.errors import BranchStopped, JobFailed, JobTimedOut, SubmissionRejected, TaskKilled
from airstep.hooks.patience import HURRIED, PATIENT, Patience
from airstep.job import Job
from airstep.operators import BatchJobGraph, BatchJobOperator, job_run
from airstep.operators.job_graph_member import GraphMember
from airstep.operators.job_run import JobRun
from airstep.operators.request import request_of

RUNNING = Job(job_id="j", job_name="n", queue="q", definition="d", status="RUNNING")
FAILED = Job(job_id="j", job_name="n", queue="q", definition="d", status="FAILED")


class FakeHook:
    region, partition = "r", "aws"

    def __init__(self) -> None:
        self.terminated: list[str] = []
        self.patience = PATIENT

    def with_patience(self, patience: Patience) -> "FakeHook":
        self.patience = patience
        return self

    def find(self, name: str, queue: str) -> Job:
        return replace(RUNNING, job_name=name)

    def terminate_all(self, job_ids: Sequence[str], reason: str) -> dict[str, Exception]:
        self.terminated += [reason] * len(job_ids)
        return {}


class FakeTaskInstance:
    dag_id, run_id, task_id, map_index = "d", "r", "t", -1

    def __init__(self, *, try_number: int, max_tries: int) -> None:
        self.try_number, self.max_tries = try_number, max_tries

    def xcom_push(self, key: str, value: Any) -> None:
        pass


def operator(**arguments: Any) -> BatchJobOperator:
    return BatchJobOperator(**{"task_id": "t", "job_definition": "d", "job_queue": "q", **arguments})


def end_with(error: BaseException, *, job: Job = RUNNING, try_number: int = 1, max_tries: int = 2) -> list[str]:
    """The terminate reasons of a try that ends with an error, of which it must raise one."""
    hook = FakeHook()
    context: Any = {"ti": FakeTaskInstance(try_number=try_number, max_tries=max_tries)}
    run = JobRun(operator(), context, hook=hook)  # type: ignore[arg-type]
    run.know(job)
    expected = AirflowFailException if not getattr(error, "retry", True) else type(error)
    with pytest.raises(expected), run.seen_through():
        raise error
    return hook.terminated


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AirflowTaskTimeout("Timeout, PID: 1"), "The Airflow task ended: Timeout, PID: 1"),
        (JobTimedOut("Job j did not end in time"), "The Airflow task ended: Job j did not end in time"),
        (KeyboardInterrupt(), "The Airflow task was stopped: KeyboardInterrupt"),
        (SystemExit(), "The Airflow task was stopped: SystemExit"),
        (TaskKilled("stop"), "The Airflow task was stopped: stop"),
        (BranchStopped("Stopped by airstep: x failed"), "Stopped by airstep: x failed"),
    ],
)
def test_an_end_that_no_retry_continues_terminates_the_job(error: BaseException, reason: str) -> None:
    assert end_with(error) == [reason]


@pytest.mark.parametrize(
    ("error", "patience"),
    [(TaskKilled("stop"), HURRIED), (KeyboardInterrupt(), HURRIED), (AirflowTaskTimeout("late"), PATIENT)],
)
def test_only_who_is_about_to_be_killed_terminates_in_a_hurry(error: BaseException, patience: Patience) -> None:
    hook = FakeHook()
    context: Any = {"ti": FakeTaskInstance(try_number=1, max_tries=2)}
    run = JobRun(operator(), context, hook=hook)  # type: ignore[arg-type]
    run.know(RUNNING)
    with pytest.raises(type(error)), run.seen_through():
        raise error
    assert len(hook.terminated) == 1
    assert hook.patience is patience


@pytest.mark.parametrize(
    ("error", "ended"), [(AirflowTaskTimeout("late"), ["The Airflow task ended: late"]), (SubmissionRejected("no"), [])]
)
def test_a_job_whose_submission_was_cut_off_by_the_end_is_looked_for_and_ended(
    error: BaseException, ended: list[str]
) -> None:
    hook = FakeHook()
    store = {"airstep_job": {"generation": 0, "round": 1, "job_name": "n", "job_queue": "q"}}
    context: Any = {"ti": FakeTaskInstance(try_number=1, max_tries=2), "task_state_store": store}
    run = JobRun(operator(), context, hook=hook)  # type: ignore[arg-type]
    with pytest.raises((AirflowTaskTimeout, AirflowFailException)), run.seen_through():
        raise error
    assert hook.terminated == ended


def test_an_accident_leaves_the_job_to_the_next_try() -> None:
    assert end_with(ConnectionError("the network is gone")) == []


@pytest.mark.parametrize(("try_number", "max_tries"), [(3, 2), (1, 0)])
def test_the_last_try_leaves_no_job(try_number: int, max_tries: int) -> None:
    reasons = end_with(ConnectionError("the network is gone"), try_number=try_number, max_tries=max_tries)
    assert reasons == ["The Airflow task ended: the network is gone"]


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize(
    ("reason", "killed", "repeated"),
    [
        ("The Airflow task was stopped", False, True),
        ("The Airflow task was stopped: Airflow told the task to stop; its job was terminated", False, True),
        ("The Airflow task was stopped", True, False),
        ("The Airflow task was cleared", False, False),
        ("Essential container in task exited", False, False),
        (None, False, False),
    ],
)
def test_only_a_job_that_another_process_of_the_task_has_ended_is_repeated(
    reason: str | None, killed: bool, repeated: bool, in_graph: bool
) -> None:
    task = operator()
    task.killed = killed
    ti: Any = FakeTaskInstance(try_number=2, max_tries=2)
    run = JobRun(task, {"ti": ti}, hook=FakeHook())  # type: ignore[arg-type]
    member = GraphMember(ti=ti, job_id=FAILED.job_id, before={}, behind=(), beside={})
    run.__dict__["member"] = member if in_graph else None
    assert run.is_to_be_repeated(replace(FAILED, status_reason=reason)) is repeated


def test_a_job_that_succeeded_before_it_could_be_ended_is_not_repeated() -> None:
    context: Any = {"ti": FakeTaskInstance(try_number=2, max_tries=2)}
    run = JobRun(operator(), context, hook=FakeHook())  # type: ignore[arg-type]
    late = replace(FAILED, status="SUCCEEDED", status_reason="The Airflow task was stopped")
    assert run.is_to_be_repeated(late) is False


def test_a_job_that_has_ended_is_left_alone() -> None:
    assert end_with(JobFailed(FAILED), job=FAILED, try_number=3) == []


def test_a_deferral_is_no_end() -> None:
    assert end_with(TaskDeferred(trigger=object(), method_name="x"), try_number=3) == []


def test_a_rejection_is_final_whatever_retries_are_left() -> None:
    assert end_with(SubmissionRejected("no such queue"), job=FAILED) == []


def test_templates_that_rendered_to_text_become_the_numbers_of_the_request() -> None:
    made = operator(submit_job_timeout="90", scheduling_priority_override="7", propagate_tags="True", vcpus=2.0)
    made.array_properties, made.retry_strategy = {"size": "3"}, {"attempts": "2"}
    request = request_of(made)
    assert request["timeout"] == {"attemptDurationSeconds": 90}
    assert (request["schedulingPriorityOverride"], request["propagateTags"]) == (7, True)
    assert (request["arrayProperties"], request["retryStrategy"]) == ({"size": 3}, {"attempts": 2})
    assert request["containerOverrides"]["resourceRequirements"] == [{"type": "VCPU", "value": "2"}]


def test_ids_of_a_mapped_task_are_dependencies_each() -> None:
    request = request_of(operator(depends_on=["a", ["b", ["c"]], {"jobId": "d", "type": "N_TO_N"}]))
    assert request["dependsOn"] == [{"jobId": "a"}, {"jobId": "b"}, {"jobId": "c"}, {"jobId": "d", "type": "N_TO_N"}]


def test_a_rendered_value_that_can_not_be_right_is_named() -> None:
    made = operator(submit_job_timeout="{{ params.limit }}")
    made.submit_job_timeout = "soon"
    with pytest.raises(SubmissionRejected, match="BatchJobOperator 't': submit_job_timeout must be a whole number"):
        request_of(made)


def cleared(states: Iterator[str], monkeypatch: pytest.MonkeyPatch) -> JobRun:
    """A try of a task in a job graph, which Airflow gives these states, and whose job was ended by a new `submit`."""
    monkeypatch.setattr(job_run, "group_states", lambda _, group: {"g.t": next(states)} if group == "g" else {})
    monkeypatch.setattr(job_run.time, "sleep", lambda _: None)
    with DAG("d", schedule=None), BatchJobGraph("g"):
        task = operator()
    ti: Any = FakeTaskInstance(try_number=1, max_tries=0)
    ti.task_id = "g.t"
    context: Any = {"ti": ti}
    return JobRun(task, context, hook=FakeHook())  # type: ignore[arg-type]


REPLACED = replace(FAILED, status_reason="The Airflow task was cleared")


def test_a_task_whose_job_graph_is_submitted_anew_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run = cleared(iter(["running"]), monkeypatch)
    with pytest.raises(AirflowRescheduleException), run.seen_through():
        run.finish(REPLACED)


def test_a_task_that_was_cleared_with_submit_waits_to_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    def states() -> Iterator[str]:
        yield from ["restarting"] * 3
        run.operator.killed = True
        yield "restarting"

    run = cleared(states(), monkeypatch)
    with pytest.raises(TaskKilled):
        run.finish(REPLACED)


def test_a_task_that_nobody_kills_comes_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    run = cleared(itertools.repeat("restarting"), monkeypatch)
    monkeypatch.setattr(job_run.time, "monotonic", itertools.count().__next__)
    with pytest.raises(AirflowRescheduleException):
        run.finish(REPLACED)
