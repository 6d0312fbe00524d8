"""Inline Map states: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.batch_resources import Batch
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import (
    DISTRIBUTED,
    PASS,
    SUBMIT,
    Execution,
    StateMachines,
    branch,
    each,
    machine,
)


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def at_most_at_once(execution: Execution, begun: str, ended: str) -> int:
    """The most that had begun and not ended, over the history."""
    steps = [{begun: 1, ended: -1}.get(event["type"], 0) for event in execution.events]
    return max(sum(steps[: end + 1]) for end in range(len(steps)))


def test_inline_outputs_keep_the_items_order_whatever_ends_first(machines: StateMachines) -> None:
    rest = {"Type": "Wait", "Seconds": "{% $states.input = 1 ? 1 : 0 %}"}

    output = machines.run(machine(Map=each(branch(Rest=rest), Items=[1, 2, 3]))).output

    assert output == [1, 2, 3]


@pytest.mark.parametrize("config", [None, DISTRIBUTED])
def test_item_selector_sees_the_item_its_index_the_input_and_variables(
    machines: StateMachines, config: dict[str, Any] | None
) -> None:
    selector = {
        "value": "{% $states.context.Map.Item.Value %}",
        "index": "{% $states.context.Map.Item.Index %}",
        "all": "{% $states.input.k %}",
        "variable": "{% $v %}",
    }
    definition = machine(
        Set={"Type": "Pass", "Assign": {"v": 9}},
        Map=each(branch(Each=PASS), config=config, Items="{% $states.input.items %}", ItemSelector=selector),
    )

    assert machines.run(definition, {"items": ["a", None], "k": "z"}).output == [
        {"value": "a", "index": 0, "all": "z", "variable": 9},
        {"value": None, "index": 1, "all": "z", "variable": 9},
    ]


def test_jsonpath_items_path_and_item_selector(machines: StateMachines) -> None:
    selector = {"n.$": "$$.Map.Item.Value.n", "of.$": "$.of"}
    state = each(branch(Each=PASS), ItemsPath="$.list", ItemSelector=selector)

    output = machines.run(machine("JSONPath", Map=state), {"list": [{"n": 1}, {"n": 2}], "of": "x"}).output

    assert output == [{"n": 1, "of": "x"}, {"n": 2, "of": "x"}]


def test_max_concurrency_is_kept(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 0})
    state = each(rest, Items="{% [1..20] %}", MaxConcurrency="{% 1 + 2 %}")

    execution = machines.run(machine(Map=state))

    assert at_most_at_once(execution, "MapIterationStarted", "MapIterationSucceeded") == 3


def test_an_inline_map_without_max_concurrency_runs_40_at_once(machines: StateMachines) -> None:
    rest = branch(Rest={"Type": "Wait", "Seconds": 1})

    execution = machines.run(machine(Map=each(rest, Items="{% [1..50] %}")))

    assert at_most_at_once(execution, "MapIterationStarted", "MapIterationSucceeded") == 40


def test_nested_maps_keep_their_own_items(machines: StateMachines) -> None:
    inner = each(branch(Each=PASS), Items="{% $states.input %}")

    assert machines.run(machine(Map=each(branch(Inner=inner), Items=[[1, 2], [], [3]]))).output == [[1, 2], [], [3]]


def test_items_that_are_no_array_are_refused(machines: StateMachines) -> None:
    execution = machines.run(machine(Map=each(branch(Each=PASS), Items="{% 7 %}")))

    assert execution.error == "States.QueryEvaluationError"
    assert "Expected 'array', but was 'number' for value: 7" in execution.cause


def test_tolerance_belongs_to_distributed_maps_only(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition) as refusal:
        machines.create(machine(Map=each(branch(Each=PASS), Items=[], ToleratedFailureCount=1)))

    assert "'ToleratedFailureCount' is only supported in a Map state of Mode DISTRIBUTED" in str(refusal.value)


def test_container_overrides_built_at_the_map_reach_each_job(machines: StateMachines, batch: Batch) -> None:
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Parameters": {
            "JobName": "run",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ContainerOverrides.$": "$.ContainerOverrides",
        },
    }
    environment = [{"Name": "RunNumber", "Value.$": "States.Format('{}', $$.Map.Item.Value)"}]
    overrides = {"Command": ["sh", "-c", "echo run $RunNumber"], "Environment": environment}
    state = each(
        branch(Job=job),
        ItemsPath="$.myRuns",
        MaxConcurrency=6,
        ItemSelector={"ContainerOverrides": overrides},
        ResultSelector={"ids.$": "$[*].JobId"},
    )

    output = machines.run(machine("JSONPath", Runs=state), {"myRuns": [1, 2, 3]}).output

    assert [batch.log(batch.describe(job_id)) for job_id in output["ids"]] == [["run 1"], ["run 2"], ["run 3"]]


def test_an_array_jobs_size_comes_from_an_earlier_result(machines: StateMachines, batch: Batch) -> None:
    plan = {"Type": "Pass", "Result": {"body": {"arrayJobSize": 2}}, "ResultPath": "$.output.Payload"}
    job = {
        "Type": "Task",
        "Resource": SUBMIT,
        "Parameters": {
            "JobName.$": "$.jobName",
            "JobQueue": batch.queue,
            "JobDefinition": f"{batch.name}-definition",
            "ArrayProperties": {"Size.$": "$.output.Payload.body.arrayJobSize"},
            "Parameters": {"action": "render"},
            "ContainerOverrides": {"Command": ["echo", "Ref::action"]},
        },
        "ResultPath": "$.output",
    }

    output = machines.run(machine("JSONPath", Plan=plan, Render=job), {"jobName": "scene"}).output

    assert (output["output"]["ArrayProperties"]["Size"], output["output"]["Status"]) == (2, "SUCCEEDED")
    assert output["jobName"] == "scene"
