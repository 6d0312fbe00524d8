"""What CreateStateMachine and ValidateStateMachineDefinition say of a definition."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local.local_aws_server import LocalAws
from tests.local.state_machines import StateMachines, machine

PASS = machine(Only={"Type": "Pass"})
REST = machine(Only={"Type": "Wait", "Seconds": 60})


@pytest.fixture(scope="module")
def machines(local_aws: LocalAws) -> StateMachines:
    return StateMachines(local_aws)


BROKEN: list[tuple[Any, str]] = [
    ("{", "INVALID_JSON_DESCRIPTION"),
    ('{"StartAt": "A", "StartAt": "B"}', "the field 'StartAt' appears twice"),
    ({"StartAt": "A"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States]"),
    ({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}, "Missing 'StartAt' target: B at /StartAt"),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}},
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
    ),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Pass"}}},
        "A state must have either 'Next' or 'End': true at /States/A",
    ),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}},
        'State "B" is not reachable. at /States/B',
    ),
    ({"StartAt": "A", "States": {"A": {"Type": "Sleep"}}}, "The field 'Type' must be one of Task, Pass"),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Task", "End": True}}},
        "These fields are required: [Resource] at /States/A",
    ),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::no:thing", "End": True}}},
        "INVALID_RESOURCE: The resource provided arn:aws:states:::no:thing is not supported",
    ),
    (
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": "x", "End": True}}},
        "The value for the field 'Seconds' must be INTEGER at /States/A/Seconds",
    ),
    (
        {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Parallel",
                    "End": True,
                    "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}],
                    "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}],
                }
            },
        },
        "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone, in the last rule at "
        "/States/A/Retry[0]/ErrorEquals, "
        "DUPLICATE_STATE_NAME: Duplicate state name: A at /States/A/Branches[0]/States/A",
    ),
    (
        machine(Both={"Type": "Parallel", "Branches": []}),
        "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/Both/Branches",
    ),
    (
        machine(A={"Type": "Wait", "Seconds": 100_000_000}),
        "The value for the field 'Seconds' must be at most 99999999 at /States/A/Seconds",
    ),
    (
        machine(
            C={"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Variable": "$x", "Next": "A"}]},
            A={"Type": "Succeed"},
        ),
        "Field 'Variable' is not supported in a Choice rule in JSONata at /States/C/Choices[0]/Variable",
    ),
    (
        machine(
            language="JSONPath",
            P={
                "Type": "Parallel",
                "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Output": 1, "Next": "S"}],
            },
            S={"Type": "Succeed"},
        ),
        "Field 'Output' is not supported in a Catch rule in JSONPath at /States/P/Catch[0]/Output",
    ),
]


@pytest.mark.parametrize(("definition", "complaint"), BROKEN)
def test_a_broken_definition_is_refused_with_what_and_where(
    machines: StateMachines, definition: Any, complaint: str
) -> None:
    text = definition if isinstance(definition, str) else json.dumps(definition)

    validated = machines.client.validate_state_machine_definition(definition=text)

    with pytest.raises(machines.client.exceptions.InvalidDefinition) as refusal:
        machines.create(text)
    assert complaint in str(refusal.value)
    assert validated["result"] == "FAIL"
    assert validated["diagnostics"][0]["code"] in str(refusal.value)


def test_a_sound_definition_validates(machines: StateMachines) -> None:
    answer = machines.client.validate_state_machine_definition(definition=json.dumps(PASS))

    assert (answer["result"], answer["diagnostics"]) == ("OK", [])
