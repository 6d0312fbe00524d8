"""Distributed Map states: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws, wait_for
from tests.local.state_machines import (
    DISTRIBUTED,
    PASS,
    SUBMIT,
    StateMachines,
    branch,
    each,
    failing_where_odd,
    machine,
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def test_a_distributed_map_runs_a_child_execution_for_each_item(machines: StateMachines) -> None:
    double = branch(Each={"Type": "Pass", "Output": "{% $states.input * 2 %}"})

    execution = machines.run(machine(Map=each(double, config=DISTRIBUTED, Items=[1, 2], Label="Twice")))

    (run,) = machines.client.list_map_runs(executionArn=execution.arn)["mapRuns"]
    children = machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    described = [machines.client.describe_execution(executionArn=child["executionArn"]) for child in children]
    assert execution.output == [2, 4]
    assert sorted((child["input"], child["output"]) for child in described) == [("1", "2"), ("2", "4")]
    assert "/Twice:" in children[0]["executionArn"]
    counts = machines.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (2, 2, 0)


def test_a_distributed_map_whose_children_fail_fails(machines: StateMachines) -> None:
    execution = machines.run(machine(Map=each(failing_where_odd(), config=DISTRIBUTED, Items=[1, 3])))

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.cause == "The specified tolerated failure threshold was exceeded"
    assert len(execution.details("MapRunFailed")) == 1


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 49}, "FAILED"),
        ({"ToleratedFailureCount": "{% $states.input %}"}, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 10}, "FAILED"),
    ],
)
def test_failed_items_are_tolerated_up_to_the_threshold(
    machines: StateMachines, tolerance: dict[str, Any], status: str
) -> None:
    state = each(failing_where_odd(), config=DISTRIBUTED, Items=[1, 2, 3, 4], **tolerance)

    assert machines.run(machine(Map=state), 2).status == status


def test_past_the_threshold_running_children_are_aborted_with_their_jobs_and_the_rest_never_starts(
    machines: StateMachines, batch: Batch
) -> None:
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Arguments": {
            "JobName": "{% 'child-' & $states.input %}",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides": {"Command": ["sh", "-c", "{% $states.input = 0 ? 'sleep 1; exit 1' : 'sleep 60' %}"]},
        },
    }
    state = each(branch(Job=job), config=DISTRIBUTED, Items=[0, 1, 2, 3], MaxConcurrency=2)

    execution = machines.run(machine(Map=state))

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    jobs = {
        each["jobName"]: each["jobId"]
        for each in batch.client.list_jobs(jobQueue=batch.queue, filters=[{"name": "JOB_NAME", "values": ["child-*"]}])[
            "jobSummaryList"
        ]
    }
    assert set(jobs) == {"child-0", "child-1"}
    assert "was aborted" in batch.wait(jobs["child-1"], seconds=10)["statusReason"]


def test_express_children_run_and_keep_no_history(machines: StateMachines) -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}

    execution = machines.run(machine(Map=each(branch(Each=PASS), config=config, Items=[1])))

    (run,) = machines.client.list_map_runs(executionArn=execution.arn)["mapRuns"]
    (child,) = machines.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert machines.client.get_execution_history(executionArn=child["executionArn"])["events"] == []
    assert execution.output == [1]


def test_update_map_run_changes_the_concurrency_of_a_run_under_way(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 1})
    state = each(rest, config=DISTRIBUTED, Items="{% [1..30] %}", MaxConcurrency=1)
    execution = machines.start(machine(Map=state))
    (run,) = wait_for(lambda: machines.client.list_map_runs(executionArn=execution)["mapRuns"])

    machines.client.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=30)

    assert machines.ended(execution, seconds=10).status == "SUCCEEDED"
