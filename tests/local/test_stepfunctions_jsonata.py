"""JSONata in states: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.local.jsonata_expressions import DATA, FAILURES, VALUES
from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines, branch, machine


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


@pytest.mark.parametrize(
    ("expression", "value"),
    VALUES,
)
def test_an_expression_has_the_value_it_has_in_step_functions(
    machines: StateMachines, expression: str, value: Any
) -> None:
    assert machines.evaluate(expression, DATA) == value


def test_uuid_makes_another_version_4_uuid_each_time(machines: StateMachines) -> None:
    first, second = machines.evaluate("[$uuid(), $uuid()]")

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", first)
    assert first != second


@pytest.mark.parametrize(
    ("expression", "complaint"),
    FAILURES,
)
def test_what_has_no_json_value_is_a_query_evaluation_error(
    machines: StateMachines, expression: str, complaint: str
) -> None:
    execution = machines.state({"Type": "Pass", "Output": {"deep": [f"{{% {expression} %}}"]}}, DATA)

    assert execution.error == "States.QueryEvaluationError"
    assert complaint in execution.cause
    assert f"'{expression}' specified for the field 'Output/deep[0]'" in execution.cause
    assert "the state 'Only' (entered at the event id #2)" in execution.cause


def test_bad_syntax_is_refused_when_the_machine_is_created(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition, match=r"Invalid JSONata expression.*States/Only"):
        machines.create(machine(Only={"Type": "Pass", "Output": "{% 1 + %}"}))


def test_variables_live_until_the_end_and_may_be_null(machines: StateMachines) -> None:
    definition = machine(
        First={"Type": "Pass", "Assign": {"x": 1, "none": None, "text": 'a"b\\'}},
        Second={"Type": "Pass", "Assign": {"x": "{% $x + 1 %}", "old": "{% $x %}"}},
        Third={"Type": "Pass", "Output": "{% {'x': $x, 'old': $old, 'none': $none, 'text': $text} %}"},
    )

    execution = machines.run(definition)

    assert execution.output == {"x": 2, "old": 1, "none": None, "text": 'a"b\\'}
    exited = [event["stateExitedEventDetails"] for event in execution.events if event["type"] == "PassStateExited"]
    assert exited[1]["assignedVariables"] == {"x": "2", "old": "1"}


def test_a_branch_sees_outer_variables_and_keeps_its_own(machines: StateMachines) -> None:
    inner = branch(
        Set={"Type": "Pass", "Assign": {"inside": "{% $outside + 1 %}"}},
        Get={"Type": "Pass", "Output": "{% $inside %}"},
    )
    definition = machine(
        Start={"Type": "Pass", "Assign": {"outside": 1}},
        Both={"Type": "Parallel", "Branches": [inner]},
        End={"Type": "Pass", "Output": "{% {'branch': $states.input[0], 'leaked': $exists($inside)} %}"},
    )

    assert machines.run(definition).output == {"branch": 2, "leaked": False}


def test_arguments_result_and_output_of_a_parallel(machines: StateMachines) -> None:
    definition = machine(
        Both={
            "Type": "Parallel",
            "Arguments": {"n": "{% $states.input.n * 2 %}"},
            "Branches": [
                branch(A={"Type": "Pass", "Output": "{% $states.input.n %}"}),
                branch(B={"Type": "Pass", "Output": "{% $states.input.n + 1 %}"}),
            ],
            "Output": "{% {'results': $states.result, 'input': $states.input.n} %}",
            "Assign": {"second": "{% $states.result[1] %}"},
        },
        End={"Type": "Pass", "Output": "{% $append($states.input.results, $second) %}"},
    )

    assert machines.run(definition, {"n": 5}).output == [10, 11, 11]


def test_the_first_condition_that_holds_decides_and_its_rule_assigns(machines: StateMachines) -> None:
    definition = machine(
        Choose={
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $states.input.n > 9 %}", "Next": "Wrong"},
                {
                    "Condition": "{% $states.input.n > 1 %}",
                    "Next": "Right",
                    "Assign": {"why": "big"},
                    "Output": {"n": 0},
                },
                {"Condition": "{% true %}", "Next": "Wrong"},
            ],
        },
        Right={"Type": "Pass", "Output": "{% [$why, $states.input.n] %}", "End": True},
        Wrong={"Type": "Fail"},
    )

    assert machines.run(definition, {"n": 5}).output == ["big", 0]


def test_a_condition_that_is_no_boolean_is_an_error(machines: StateMachines) -> None:
    choices = [{"Condition": "{% 'yes' %}", "Next": "End"}]

    execution = machines.run(machine(Choose={"Type": "Choice", "Choices": choices}, End={"Type": "Succeed"}))

    assert execution.error == "States.QueryEvaluationError"
    assert "Expected 'boolean', but was 'string'" in execution.cause


def test_a_large_state_goes_through_many_expressions(machines: StateMachines) -> None:
    rows = [{"id": number, "text": "x" * 50} for number in range(2500)]
    steps = {f"S{number}": {"Type": "Pass", "Output": "{% $states.input %}"} for number in range(20)}
    last = {"Type": "Pass", "Output": "{% $count($states.input[id < 2000]) %}"}

    assert len(json.dumps(rows)) > 180_000
    assert machines.run(machine(**steps, Last=last), rows).output == 2000


@pytest.mark.slow
def test_an_expression_without_end_is_given_up_and_others_go_on(machines: StateMachines) -> None:
    endless = machines.start(machine(Only={"Type": "Pass", "Output": "{% ($f := function($n) { $f($n) }; $f(1)) %}"}))

    assert machines.evaluate("1 + 1") == 2
    assert machines.ended(endless).error == "States.QueryEvaluationError"


def test_a_hundred_executions_at_once_keep_their_data_apart(machines: StateMachines) -> None:
    definition = machine(
        Keep={"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}},
        Rest={"Type": "Wait", "Seconds": 1},
        Tell={"Type": "Pass", "Output": "{% $n * 2 + $sum($map([1..50], function($i) { $i })) %}"},
    )
    arn = machines.create(definition)

    started = [
        machines.client.start_execution(stateMachineArn=arn, input=json.dumps({"n": n}))["executionArn"]
        for n in range(100)
    ]

    assert [machines.ended(each).output for each in started] == [2 * n + 1275 for n in range(100)]
