"""Errors, Retry and Catch: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import Execution, StateMachines, branch, machine

FAIL = {"Type": "Fail", "Error": "Our.Own", "Cause": "we said so"}
UNDEFINED = {"Type": "Pass", "Output": "{% $nothing %}"}
NO_CHOICE = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Unused"}]}
RUNTIME = {"Type": "Wait", "Timestamp": "2199-01-01T00:00:00Z"}
TOO_BIG = {"Type": "Pass", "Output": "{% $join($map([1..1000], function($i) { $pad('', 300, 'x') })) %}"}


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **fields}


def caught(machines: StateMachines, failing: dict[str, Any], *errors: str) -> Execution:
    """Run the failing state in a Parallel that catches these errors."""
    rule = {"ErrorEquals": list(errors), "Next": "After"}
    inner = branch(Bad=failing, **({"Unused": {"Type": "Succeed"}} if failing is NO_CHOICE else {}))
    return machines.run(machine(Try=parallel(inner, Catch=[rule]), After={"Type": "Succeed"}))


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (FAIL, "Our.Own"),
        (UNDEFINED, "States.QueryEvaluationError"),
        (NO_CHOICE, "States.NoChoiceMatched"),
        (TOO_BIG, "States.DataLimitExceeded"),
    ],
)
def test_an_error_leaves_a_branch_under_its_own_name(
    machines: StateMachines, failing: dict[str, Any], error: str
) -> None:
    assert caught(machines, failing, error).output["Error"] == error


@pytest.mark.parametrize("failing", [FAIL, UNDEFINED, NO_CHOICE])
@pytest.mark.parametrize("wildcard", ["States.ALL", "States.TaskFailed"])
def test_the_wildcards_catch_ordinary_errors(machines: StateMachines, failing: dict[str, Any], wildcard: str) -> None:
    assert caught(machines, failing, wildcard).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("failing", "name"),
    [(TOO_BIG, "States.ALL"), (RUNTIME, "States.ALL"), (RUNTIME, "States.Runtime"), (RUNTIME, "States.TaskFailed")],
)
def test_runtime_errors_are_never_caught_and_the_data_limit_not_by_states_all(
    machines: StateMachines, failing: dict[str, Any], name: str
) -> None:
    assert caught(machines, failing, name).status == "FAILED"


def test_an_error_crosses_maps_and_parallels_with_name_and_cause(machines: StateMachines) -> None:
    inner = {"Type": "Map", "Items": [1, 2], "ItemProcessor": branch(Bad=FAIL)}

    execution = machines.run(machine(Outer=parallel(branch(Inner=inner))))

    assert (execution.error, execution.cause) == ("Our.Own", "we said so")
    assert [event["type"] for event in execution.events][-3:] == [
        "MapStateFailed",
        "ParallelStateFailed",
        "ExecutionFailed",
    ]


def test_the_first_catch_rule_that_matches_decides(machines: StateMachines) -> None:
    rules = [
        {"ErrorEquals": ["Other"], "Next": "Wrong"},
        {"ErrorEquals": ["Our.Own"], "Next": "Right", "Assign": {"cause": "{% $states.errorOutput.Cause %}"}},
        {"ErrorEquals": ["States.ALL"], "Next": "Wrong"},
    ]
    definition = machine(
        Try=parallel(branch(Bad=FAIL), Catch=rules),
        Right={"Type": "Pass", "Output": "{% [$cause, $states.input.Error] %}", "End": True},
        Wrong={"Type": "Fail"},
    )

    assert machines.run(definition).output == ["we said so", "Our.Own"]


def test_a_jsonpath_catch_keeps_the_input_beside_the_error(machines: StateMachines) -> None:
    rule = {"ErrorEquals": ["States.ALL"], "Next": "After", "ResultPath": "$.error"}
    definition = machine("JSONPath", Try=parallel(branch(Bad=FAIL), Catch=[rule]), After={"Type": "Succeed"})

    assert machines.run(definition, {"k": 1}).output == {
        "k": 1,
        "error": {"Error": "Our.Own", "Cause": "we said so"},
    }


def entered(execution: Execution, name: str) -> list[float]:
    return [
        event["timestamp"].timestamp()
        for event in execution.events
        if event.get("stateEnteredEventDetails", {}).get("name") == name
    ]


def test_retry_waits_longer_each_time_up_to_max_delay(machines: StateMachines) -> None:
    retry = {"ErrorEquals": ["Our.Own"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 1, "MaxAttempts": 2}

    execution = machines.run(machine(Try=parallel(branch(Bad=FAIL), Retry=[retry])))

    first, second, third = entered(execution, "Bad")
    assert execution.error == "Our.Own"
    assert 1.0 <= second - first < 1.6
    assert 1.0 <= third - second < 1.6


def test_full_jitter_waits_at_most_the_interval(machines: StateMachines) -> None:
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1,
        "JitterStrategy": "FULL",
        "MaxAttempts": 3,
        "BackoffRate": 1,
    }

    execution = machines.run(machine(Try=parallel(branch(Bad=FAIL), Retry=[retry])))

    tries = entered(execution, "Bad")
    assert len(tries) == 4
    assert tries[-1] - tries[0] < 3.0


def test_each_retry_rule_counts_for_itself_and_the_retry_count_is_in_the_context(machines: StateMachines) -> None:
    inner = branch(Bad={"Type": "Fail", "Error": "{% 'Try' & $states.context.State.RetryCount %}"})
    none = {"ErrorEquals": ["Never"], "MaxAttempts": 5}
    once = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}

    execution = machines.run(machine(Try=parallel(inner, Retry=[none, once])))

    assert len(entered(execution, "Bad")) == 2


def test_max_attempts_0_is_no_retry(machines: StateMachines) -> None:
    retry = [{"ErrorEquals": ["Our.Own"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]

    execution = machines.run(machine(Try=parallel(branch(Bad=FAIL), Retry=retry)))

    assert len(entered(execution, "Bad")) == 1


def test_a_failing_branch_ends_the_others_at_once(machines: StateMachines) -> None:
    slow = branch(Rest={"Type": "Wait", "Seconds": 3600}, After={"Type": "Pass"})

    execution = machines.run(machine(Both=parallel(branch(Bad=FAIL), slow)))

    assert "WaitStateAborted" in [event["type"] for event in execution.events]
    assert entered(execution, "After") == []


def test_a_failed_machine_is_not_left_waiting_in_a_retry_when_stopped(machines: StateMachines) -> None:
    retry = {"ErrorEquals": ["Our.Own"], "IntervalSeconds": 600}
    execution = machines.start(machine(Try=parallel(branch(Bad=FAIL), Retry=[retry])))

    machines.client.stop_execution(executionArn=execution)

    assert machines.ended(execution, seconds=5).status == "ABORTED"


def test_the_limit_on_payloads_is_262144_bytes(machines: StateMachines) -> None:
    measure = machine(Only={"Type": "Pass", "Output": "{% $length($states.input) %}"})

    assert machines.run(measure, "x" * 262_142).output == 262_142
    with pytest.raises(machines.client.exceptions.InvalidExecutionInput, match="262144"):
        machines.start(machine(Only={"Type": "Pass"}), "x" * 262_143)


def test_25000_events_are_the_end_of_an_execution(machines: StateMachines) -> None:
    loop = {
        "StartAt": "Again",
        "States": {"Again": {"Type": "Pass", "Next": "Choose"}, "Choose": {"Type": "Choice", "Choices": [
            {"Variable": "$.never", "IsPresent": True, "Next": "Stop"}], "Default": "Again"},
            "Stop": {"Type": "Succeed"}},
    }  # fmt: skip

    execution = machines.run(loop, seconds=60)

    assert execution.error == "States.Runtime"
    assert "maximum number of history events (25000)" in execution.cause
    assert len(execution.events) == 25_000


def test_wait_until_a_timestamp_in_the_past_goes_on_at_once(machines: StateMachines) -> None:
    machines.state({"Type": "Wait", "Timestamp": "{% '2020-01-01T00:00:00Z' %}"}).output  # noqa: B018 - asserts success
