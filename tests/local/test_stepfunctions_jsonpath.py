"""JSONPath in states: https://states-language.net/spec.html and the developer guide on intrinsic functions."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines, branch, machine

PATHS = "JSONPath"


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


DATA = {
    "a": {"b": [1, {"c": 2}, {"c": None}]},
    "x-y": "dash",
    "name with space": 1,
    "items": [{"p": 1}, {"p": 5}],
    "text": "a,b;c",
    'it\'s "\\"': "quoted",
    "null": None,
}


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        ("$.a.b[0]", 1),
        ("$.a.b[1].c", 2),
        ("$.a.b[-1]", {"c": None}),
        ("$['x-y']", "dash"),
        ("$.x-y", "dash"),
        ("$['name with space']", 1),
        ("$.null", None),
        ("$.a.b[*].c", [2, None]),
        ("$..c", [2, None]),
        ("$.items[?(@.p > 2)]", [{"p": 5}]),
        ("$.items[?(@.p > 20)]", []),
        ("$.a.b[0:1]", [1]),
        ("$$.State.Name", "Only"),
        ("$$.Execution.Input.text", "a,b;c"),
        ("States.Format('{}-{} \\{\\}', $.text, $.a.b[0])", "a,b;c-1 {}"),
        ("States.Format('it\\'s {}', $.x-y)", "it's dash"),
        ("States.Array(1, 'two', $.null, true, States.Array())", [1, "two", None, True, []]),
        ("States.ArrayPartition(States.ArrayRange(1, 5, 1), 2)", [[1, 2], [3, 4], [5]]),
        ("States.ArrayRange(9, 1, -4)", [9, 5, 1]),
        ("States.ArrayContains($.a.b, 1)", True),
        ("States.ArrayContains(States.Array(1, 0), true)", False),
        ("States.ArrayGetItem($.items, 1)", {"p": 5}),
        ("States.Format('{}', States.Array(States.JsonMerge($.items[0], $.a.b[1], false), 'x'))", "[{p=1, c=2}, x]"),
        ("States.ArrayLength($.items)", 2),
        ("States.ArrayUnique(States.Array(1, 2, 1))", [1, 2]),
        ("States.Base64Encode('text')", "dGV4dA=="),
        ("States.Base64Decode('dGV4dA==')", "text"),
        ("States.Hash('text', 'SHA-1')", hashlib.sha1(b"text").hexdigest()),
        ("States.JsonMerge($.items[0], $.a.b[1], false)", {"p": 1, "c": 2}),
        ("States.JsonToString($.items)", '[{"p":1},{"p":5}]'),
        ("States.StringToJson('{\"a\": [1]}')", {"a": [1]}),
        ("States.StringToJson('')", None),
        ("States.StringSplit($.text, ',;')", ["a", "b", "c"]),
        ("States.MathAdd($.a.b[0], -3)", -2),
        ("States.MathAdd(59, 4.3)", 63),
        ("States.MathAdd(1.5, -1.5)", 1),
        ("States.ArrayRange(0.6, 2, 1)", [1, 2]),
        ("$['it\\'s \"\\\"']", "quoted"),
    ],
)
def test_a_selector_has_the_value_it_has_in_step_functions(machines: StateMachines, selector: str, value: Any) -> None:
    execution = machines.state({"Type": "Pass", "Parameters": {"value.$": selector}}, DATA, language=PATHS)

    assert execution.output == {"value": value}


@pytest.mark.parametrize(
    ("selector", "error", "complaint"),
    [
        (
            "$.nothing",
            "States.Runtime",
            "The JSONPath '$.nothing' specified for the field 'value.$' could not be found",
        ),
        ("$.a.b[9]", "States.Runtime", "could not be found"),
        ("$missing", "States.Runtime", "The variable '$missing' used in the field 'value.$' has no value"),
        ("States.ArrayGetItem($.items, 7)", "States.IntrinsicFailure", "the index is outside the array"),
        ("States.StringToJson($.text)", "States.IntrinsicFailure", "Error executing States.StringToJson"),
        ("States.Format('{} {}', 1)", "States.IntrinsicFailure", "2 placeholders but 1 values"),
    ],
)
def test_a_selector_that_finds_nothing_fails_by_name(
    machines: StateMachines, selector: str, error: str, complaint: str
) -> None:
    execution = machines.state({"Type": "Pass", "Parameters": {"value.$": selector}}, DATA, language=PATHS)

    assert execution.error == error
    assert complaint in execution.cause


@pytest.mark.parametrize(
    ("fields", "output"),
    [
        ({}, {"in": {"k": 1}}),
        ({"Result": 5}, 5),
        ({"Result": 5, "ResultPath": "$.new.deep"}, {"in": {"k": 1}, "new": {"deep": 5}}),
        ({"Result": 5, "ResultPath": None}, {"in": {"k": 1}}),
        ({"Result": 5, "ResultPath": "$.in.k", "OutputPath": "$.in"}, {"k": 5}),
        ({"InputPath": "$.in", "Parameters": {"got.$": "$.k", "fixed": "x"}}, {"got": 1, "fixed": "x"}),
        ({"InputPath": None}, {}),
        ({"OutputPath": None}, {}),
    ],
)
def test_paths_shape_the_output_of_a_pass_state(machines: StateMachines, fields: dict[str, Any], output: Any) -> None:
    assert machines.state({"Type": "Pass", **fields}, {"in": {"k": 1}}, language=PATHS).output == output


def test_a_result_path_through_a_number_is_a_result_path_match_failure(machines: StateMachines) -> None:
    state = {"Type": "Pass", "Result": 1, "ResultPath": "$.n.deep"}

    assert machines.state(state, {"n": 1}, language=PATHS).error == "States.ResultPathMatchFailure"


def test_variables_are_assigned_from_the_result_and_read_with_a_dollar(machines: StateMachines) -> None:
    definition = machine(
        PATHS,
        Both={
            "Type": "Parallel",
            "Branches": [branch(A={"Type": "Pass", "Result": {"n": 7}})],
            "Assign": {"found.$": "$[0].n", "text": "plain"},
            "ResultPath": None,
        },
        Use={"Type": "Pass", "Parameters": {"n.$": "$found", "t.$": "States.Format('{}!', $text)", "in.$": "$.x"}},
    )

    assert machines.run(definition, {"x": 1}).output == {"n": 7, "t": "plain!", "in": 1}


@pytest.mark.parametrize(
    ("rule", "data", "chosen"),
    [
        ({"Variable": "$.v", "StringEquals": "a"}, {"v": "a"}, True),
        ({"Variable": "$.v", "StringEqualsPath": "$.w"}, {"v": "a", "w": "b"}, False),
        ({"Variable": "$.v", "StringMatches": "*.mp4"}, {"v": "film.mp4"}, True),
        ({"Variable": "$.v", "StringMatches": "a\\*"}, {"v": "ab"}, False),
        ({"Variable": "$.v", "NumericGreaterThanEquals": 3}, {"v": 3.0}, True),
        ({"Variable": "$.v", "NumericEquals": 1}, {"v": "1"}, False),
        ({"Variable": "$.v", "NumericLessThanPath": "$$.Execution.Input.w"}, {"v": 1, "w": 2}, True),
        ({"Variable": "$.v", "BooleanEquals": False}, {"v": False}, True),
        (
            {"Variable": "$.v", "TimestampLessThan": "2024-01-01T00:00:00Z"},
            {"v": "2024-01-01T00:30:00+01:00"},
            True,
        ),
        ({"Variable": "$.v", "IsNull": True}, {"v": None}, True),
        ({"Variable": "$.v", "IsPresent": False}, {}, True),
        ({"Variable": "$.v", "IsTimestamp": True}, {"v": "2024-01-01"}, False),
        ({"Variable": "$.v", "IsNumeric": True}, {"v": True}, False),
        (
            {"And": [{"Variable": "$.v", "IsString": True}, {"Not": {"Variable": "$.v", "StringEquals": "b"}}]},
            {"v": "a"},
            True,
        ),
        ({"Or": [{"Variable": "$.v", "IsString": True}, {"Variable": "$.v", "IsNull": True}]}, {"v": 1}, False),
    ],
)
def test_a_choice_rule_compares_as_the_language_says(
    machines: StateMachines, rule: dict[str, Any], data: Any, chosen: bool
) -> None:
    definition = machine(
        PATHS,
        Choose={"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        Yes={"Type": "Pass", "Result": True, "End": True},
        No={"Type": "Pass", "Result": False, "End": True},
    )

    assert machines.run(definition, data).output is chosen


def test_a_choice_on_something_that_is_not_there_is_a_runtime_error(machines: StateMachines) -> None:
    choices = [{"Variable": "$.v", "StringEquals": "a", "Next": "End"}]
    definition = machine(PATHS, Choose={"Type": "Choice", "Choices": choices}, End={"Type": "Succeed"})

    execution = machines.run(definition)

    assert execution.error == "States.Runtime"
    assert "Invalid path '$.v': The choice state's condition path references an invalid value." in execution.cause


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"Parameters": {"a.$": "no path"}}, "Value is not a valid JSONPath: no path at /States/Only/Parameters/a.$"),
        ({"Parameters": {"a.$": "States.Nothing(1)"}}, "Unknown intrinsic function States.Nothing"),
        ({"Parameters": {"a.$": "States.Format('x'"}}, "Invalid intrinsic function"),
        ({"Parameters": {"a.$": "States.StringToJson('\\\"x\\\"')"}}, "Invalid intrinsic function"),
        ({"ResultPath": "$.a[*]"}, "Value is not a Reference Path: $.a[*] at /States/Only/ResultPath"),
        ({"Output": 1}, "Field 'Output' is not supported in a Pass state in JSONPath at /States/Only/Output"),
        ({"Assign": {"states": 1}}, "Invalid variable name: states"),
        ({"ResultPath": "$variable"}, "Value is not a Reference Path: $variable"),
    ],
)
def test_what_can_not_be_right_is_refused_at_creation(
    machines: StateMachines, fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition) as refusal:
        machines.create(machine(PATHS, Only={"Type": "Pass", "End": True, **fields}))

    assert complaint in str(refusal.value)


def test_a_jsonpath_machine_is_accepted_after_a_jsonata_one_was_refused(machines: StateMachines) -> None:
    with pytest.raises(machines.client.exceptions.InvalidDefinition):
        machines.create(machine(Only={"Type": "Pass", "InputPath": "$"}))

    assert machines.state({"Type": "Pass", "InputPath": "$.a"}, {"a": 1}, language=PATHS).output == 1


def test_a_state_of_a_jsonpath_machine_may_be_jsonata(machines: StateMachines) -> None:
    definition = machine(
        PATHS,
        First={"Type": "Pass", "Parameters": {"n.$": "$.n"}},
        Second={"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n + 1 %}"},
    )

    assert machines.run(definition, {"n": 1}).output == 2
