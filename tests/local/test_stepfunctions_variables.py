"""Workflow variables: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import DISTRIBUTED, PASS, StateMachines, branch, each, machine

JSONPATH = "JSONPath"
SET_X: dict[str, Any] = {"Type": "Pass", "Assign": {"x": 1}}
LAST: dict[str, Any] = {"Type": "Pass"}


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": list(branches), **fields}


@pytest.mark.parametrize(
    "inner",
    [
        parallel(branch(Inner=SET_X)),
        each(branch(Inner=SET_X), Items=[1]),
        each(branch(Inner=SET_X), config=DISTRIBUTED, Items=[1]),
        parallel(branch(Outer=parallel(branch(Inner=SET_X)))),
    ],
)
def test_an_inner_scope_cannot_assign_a_variable_of_an_outer_one(machines: StateMachines, inner: Any) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition, match="'x' is assigned in an outer scope too"):
        machines.create(machine(First=inner, Second={"Type": "Pass", "Assign": {"x": 2}}))


def test_a_variable_that_a_catch_or_a_choice_rule_assigns_belongs_to_the_scope_too(machines: StateMachines) -> None:
    caught = {"ErrorEquals": ["States.ALL"], "Assign": {"x": 1}, "Next": "Last"}

    with pytest.raises(machines.client.exceptions.InvalidDefinition, match=r"outer scope too at .*Inner/Assign"):
        machines.create(machine(First=parallel(branch(Inner=SET_X), Catch=[caught]), Last=PASS))


def test_branches_beside_one_another_may_use_the_same_name(machines: StateMachines) -> None:
    def sets(name: str) -> dict[str, Any]:
        return branch(
            **{
                f"Set{name}": {"Type": "Pass", "Assign": {"mine": name}},
                f"Get{name}": {"Type": "Pass", "Output": "{% $mine %}"},
            }
        )

    assert machines.run(machine(Both=parallel(sets("A"), sets("B")))).output == ["A", "B"]


def test_the_catch_of_a_parallel_assigns_in_the_scope_around_it(machines: StateMachines) -> None:
    fail = {"Type": "Fail", "Error": "Our.Own", "Cause": "no"}
    caught = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"why": "{% $states.errorOutput.Error %}"},
        "Output": "{% $states.input %}",
        "Next": "Last",
    }
    last = {"Type": "Pass", "Output": "{% [$why, $states.input] %}"}

    assert machines.run(machine(First=parallel(branch(F=fail), Catch=[caught]), Last=last), 7).output == ["Our.Own", 7]


def test_a_distributed_map_reads_variables_in_its_own_fields_but_not_inside(machines: StateMachines) -> None:
    exists = branch(Inner={"Type": "Pass", "Output": "{% {'given': $states.input, 'seen': $exists($x)} %}"})
    distributed = each(exists, config=DISTRIBUTED, Items=[1], ItemSelector={"x": "{% $x %}"})

    execution = machines.run(machine(First=SET_X, Map=distributed))

    assert execution.output == [{"given": {"x": 1}, "seen": False}]


def test_an_undefined_variable_is_a_query_evaluation_error(machines: StateMachines) -> None:
    execution = machines.run(machine(Only={"Type": "Pass", "Assign": {"y": "{% $nowhere %}"}}))

    assert execution.error == "States.QueryEvaluationError"
    assert "'$nowhere' specified for the field 'Assign/y' returned nothing (undefined)" in execution.cause


def test_an_undefined_variable_in_jsonpath_is_a_runtime_error(machines: StateMachines) -> None:
    only = {"Type": "Pass", "Assign": {"y.$": "$nowhere"}}

    assert machines.run(machine(language=JSONPATH, Only=only)).error == "States.Runtime"


@pytest.mark.parametrize("name", ["_x", "1x", "x.y", "x[2]", "x-y", "states", "x" * 81, ""])
@pytest.mark.parametrize("language", ["JSONata", "JSONPath"])
def test_a_name_that_is_no_identifier_is_refused(machines: StateMachines, name: str, language: str) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition, match="Invalid variable name"):
        machines.create(machine(language=language, Only={"Type": "Pass", "Assign": {name: 1}}))


def test_a_name_may_have_letters_of_any_script(machines: StateMachines) -> None:
    definition = machine(A={"Type": "Pass", "Assign": {"größe": 3}}, B={"Type": "Pass", "Output": "{% $größe %}"})

    assert machines.run(definition).output == 3


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({"Type": "Pass", "Output": "{% $states.result %}"}, "Only/Output"),
        ({"Type": "Wait", "Seconds": 0, "Assign": {"x": "{% 1 + $states.result.n %}"}}, "Only/Assign/x"),
        (parallel(branch(A=PASS), Arguments="{% $states.result %}"), "Only/Arguments"),
        (parallel(branch(A=PASS), Output="{% $states.errorOutput %}"), "Only/Output"),
        (each(branch(A=PASS), Items="{% $states . result %}"), "Only/Items"),
    ],
)
def test_a_result_or_error_where_there_is_none_is_refused_at_creation(
    machines: StateMachines, state: dict[str, Any], place: str
) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition, match=f"can't be read here at /States/{place}"):
        machines.create(machine(Only=state))


def test_a_catch_reads_the_error_and_no_result(machines: StateMachines) -> None:
    rule = {"ErrorEquals": ["States.ALL"], "Output": "{% $states.result %}", "Next": "Last"}

    with pytest.raises(machines.client.exceptions.InvalidDefinition, match=r"Catch\[0\]/Output"):
        machines.create(machine(Only=parallel(branch(A=PASS), Catch=[rule]), Last=LAST))


def test_the_words_in_a_text_are_no_reference(machines: StateMachines) -> None:
    assert machines.evaluate("'$states.result'") == "$states.result"


def test_one_assign_holds_256_kib(machines: StateMachines) -> None:
    half = "{% $pad('', 131000, 'x') %}"

    one = machines.run(machine(Only={"Type": "Pass", "Assign": {"a": half}, "Output": 1}))
    two = machines.run(machine(Only={"Type": "Pass", "Assign": {"a": half, "b": half, "c": half}, "Output": 1}))

    assert (one.status, two.error) == ("SUCCEEDED", "States.DataLimitExceeded")


def test_an_execution_holds_10_mib_of_variables(machines: StateMachines) -> None:
    big = "{% $pad('', 262000, 'x') %}"
    states = {f"S{number}": {"Type": "Pass", "Assign": {f"v{number}": big}, "Output": 1} for number in range(41)}

    assert machines.run(machine(**states)).error == "States.DataLimitExceeded"


def test_in_jsonpath_dollar_is_the_result_before_the_result_selector(machines: StateMachines) -> None:
    both = parallel(
        branch(A={"Type": "Pass", "Result": 1}),
        ResultSelector={"selected.$": "$[0]"},
        Assign={"raw.$": "$"},
    )
    last = {"Type": "Pass", "Parameters": {"raw.$": "$raw", "output.$": "$"}}

    assert machines.run(machine(language=JSONPATH, Both=both, Last=last)).output == {
        "raw": [1],
        "output": {"selected": 1},
    }


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Wait", "Seconds": 0, "InputPath": "$.inner", "Assign": {"x.$": "$.n"}},
        {
            "Type": "Choice",
            "InputPath": "$.inner",
            "Choices": [{"Variable": "$.n", "NumericEquals": 5, "Next": "Last", "Assign": {"x.$": "$.n"}}],
        },
        {"Type": "Pass", "InputPath": "$.inner", "Assign": {"x.$": "$.n"}},
    ],
)
def test_in_jsonpath_dollar_is_the_effective_input_where_there_is_no_result(
    machines: StateMachines, state: dict[str, Any]
) -> None:
    last = {"Type": "Pass", "Parameters": {"x.$": "$x"}}

    assert machines.run(machine(language=JSONPATH, First=state, Last=last), {"inner": {"n": 5}}).output == {"x": 5}


def test_the_default_of_a_choice_uses_the_assign_of_the_state(machines: StateMachines) -> None:
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% false %}", "Next": "Last", "Assign": {"x": "rule"}}],
        "Default": "Last",
        "Assign": {"x": "default"},
        "Output": "{% 'state' %}",
    }

    assert machines.run(machine(C=choose, Last={"Type": "Pass", "Output": "{% [$x, $states.input] %}"})).output == [
        "default",
        "state",
    ]
