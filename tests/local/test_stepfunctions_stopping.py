"""Whatever is no longer waited for is ended: the jobs of stopped, failed and late executions.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import (
    StateMachines,
    branch,
    job,
    jobs_named,
    machine,
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


REASON = "The Task state in AWS Step Functions execution [{}] which was managing this resource was aborted"


def running(batch: Batch, name: str) -> str:
    found = [each for each in jobs_named(batch, name) if each["status"] == "RUNNING"]
    return str(found[0]["jobId"]) if found else ""


def test_stopping_an_execution_terminates_its_job_with_awss_reason(machines: StateMachines, batch: Batch) -> None:
    execution = machines.start(machine(Job=job(batch, "sleep 60", JobName="long")))
    job_id = wait_for(lambda: running(batch, "long"))

    machines.client.stop_execution(executionArn=execution, error="Enough", cause="by hand")

    stopped = machines.ended(execution)
    assert (stopped.status, stopped.description["error"], stopped.cause) == ("ABORTED", "Enough", "by hand")
    ended = batch.wait(job_id, seconds=10)
    assert (ended["status"], ended["statusReason"]) == ("FAILED", REASON.format(execution))
    assert [event["type"] for event in stopped.events][-2:] == ["TaskStateAborted", "ExecutionAborted"]


def test_a_failing_branch_terminates_the_other_branches_jobs(machines: StateMachines, batch: Batch) -> None:
    branches = [
        branch(Bad=job(batch, "sleep 1; exit 1", JobName="bad")),
        branch(Slow=job(batch, "sleep 60", JobName="slow"), Never=job(batch, JobName="never")),
        branch(Deep={"Type": "Parallel", "Branches": [branch(Deeper=job(batch, "sleep 60", JobName="deep"))]}),
    ]

    execution = machines.run(machine(All={"Type": "Parallel", "Branches": branches}))

    assert execution.error == "States.TaskFailed"
    (slow,), (deep,) = jobs_named(batch, "slow"), jobs_named(batch, "deep")
    assert batch.wait(slow["jobId"], seconds=10)["statusReason"] == REASON.format(execution.arn)
    assert batch.wait(deep["jobId"], seconds=10)["statusReason"] == REASON.format(execution.arn)
    assert jobs_named(batch, "never") == []


def test_a_failing_iteration_terminates_the_other_iterations_jobs(machines: StateMachines, batch: Batch) -> None:
    script = "{% $states.input = 1 ? 'sleep 1; exit 1' : 'sleep 60' %}"
    inner = branch(Each=job(batch, script, JobName="{% 'item-' & $states.input %}"))

    execution = machines.run(machine(Items={"Type": "Map", "Items": [0, 1, 2], "ItemProcessor": inner}))

    assert execution.error == "States.TaskFailed"
    assert [batch.wait(jobs_named(batch, f"item-{n}")[0]["jobId"], seconds=10)["statusReason"] for n in (0, 2)] == [
        REASON.format(execution.arn)
    ] * 2


def test_a_tasks_timeout_fails_it_and_terminates_its_job(machines: StateMachines, batch: Batch) -> None:
    execution = machines.run(machine(Job={**job(batch, "sleep 60", JobName="late"), "TimeoutSeconds": 1}))

    assert execution.error == "States.Timeout"
    assert len(execution.details("TaskTimedOut")) == 1
    (late,) = jobs_named(batch, "late")
    assert batch.wait(late["jobId"], seconds=10)["status"] == "FAILED"


def test_the_machines_timeout_ends_the_execution_and_terminates_its_jobs(machines: StateMachines, batch: Batch) -> None:
    definition = {**machine(Job=job(batch, "sleep 60", JobName="late")), "TimeoutSeconds": 1}

    execution = machines.run(definition)

    assert execution.status == "TIMED_OUT"
    assert execution.events[-1]["type"] == "ExecutionTimedOut"
    (late,) = jobs_named(batch, "late")
    assert batch.wait(late["jobId"], seconds=10)["status"] == "FAILED"


def test_a_job_still_waiting_for_room_is_terminated_too(machines: StateMachines, batch: Batch) -> None:
    batch.submit("sleep 60", containerOverrides={"resourceRequirements": [{"type": "VCPU", "value": "4"}]})
    execution = machines.start(machine(Job=job(batch, JobName="queued")))
    queued = wait_for(lambda: jobs_named(batch, "queued"))[0]["jobId"]

    machines.client.stop_execution(executionArn=execution)

    assert batch.wait(queued, seconds=10)["statusReason"] == REASON.format(execution)


def test_stopping_while_a_job_is_being_submitted_leaves_none_running(machines: StateMachines, batch: Batch) -> None:
    arn = machines.create(machine(Job=job(batch, "sleep 60", JobName="hasty")))

    started = [machines.client.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(10)]
    stopped = [machines.client.stop_execution(executionArn=each) for each in started]

    wait_for(lambda: all(each["status"] == "FAILED" for each in jobs_named(batch, "hasty")), seconds=10)
    assert len(stopped) == 10
    assert {machines.ended(each).status for each in started} == {"ABORTED"}
