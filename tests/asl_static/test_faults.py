"""A right machine has no faults; each small change of it is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.asl_static.faults import faults
from tests.asl_static.machines import jsonata_machine, jsonpath_machine

States = dict[str, Any]
Change = Callable[[States], Any]


def changed(machine: dict[str, Any], change: Change) -> str:
    """The faults of a machine whose states are changed first."""
    change(machine["States"])
    return "\n".join(faults(machine))


def put(*path: str | int, **fields: Any) -> Change:
    """Set fields of what a path leads to."""
    return lambda states: at(states, path).update(fields)


def drop(*path: str | int) -> Change:
    """Take away what a path leads to."""
    return lambda states: at(states, path[:-1]).pop(path[-1])


def at(states: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        states = states[key]
    return states


def rename(states: States) -> None:
    """A branch's state with the name of a state outside."""
    branch = states["both"]["Branches"][0]
    branch["States"]["first"] = branch["States"].pop("left")
    branch["StartAt"] = "first"


def turn(states: States) -> None:
    """The Retry rules in the opposite order."""
    states["first"]["Retry"].reverse()


def distribute(states: States) -> None:
    states["each"]["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


LEFT = ("both", "Branches", 0, "States", "left")
ONE = ("each", "ItemProcessor", "States", "one")
KEPT = ("each", "ItemProcessor", "States", "kept")

FLOW = [
    (put("first", Next="nowhere"), "first: goes on to 'nowhere', which isn't in its scope"),
    (put(*LEFT, "Catch", 0, Next="asked"), "left: goes on to 'asked', which isn't in its scope"),
    (put(*LEFT, "Catch", 0, Next="asked"), "left failed: nothing leads to it"),
    (put("asked", Default="failed"), "each: nothing leads to it"),
    (put("first", End=True), "first: has either Next or End: true, not Next, End"),
    (drop("first", "Next"), "first: has either Next or End: true, not none of them"),
    (put("failed", End=True), "failed: a Fail state has no End"),
    (put("asked", Choices=[]), "asked: a Choice state has rules"),
    (rename, "first: 2 states have this name"),
    (put("each", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "n" * 81}]), "each: goes on to 'nnn"),
    (put(**{"n" * 81: {"Type": "Succeed"}}), "a name has 1 to 80 characters, not 81"),
    (put(*ONE, Next="one"), "one: has either Next or End"),
]

ERRORS = [
    (put("first", "Catch", 0, ErrorEquals=["States.Bogus"]), "Catch [0] names States.Bogus, which isn't an error"),
    (
        put("first", "Catch", 0, ErrorEquals=["bogus"]),
        "Catch [0] names bogus, which no service and no Fail state raises",
    ),
    (put("first", "Catch", 0, ErrorEquals=[]), "Catch [0] names no errors"),
    (
        put("first", "Catch", 0, ErrorEquals=["States.ALL", "States.Timeout"]),
        "Catch [0] has States.ALL, which must be alone and last",
    ),
    (put("first", Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": -1}]), "Retry[0] has MaxAttempts -1"),
    (put("first", Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1.5}]), "Retry[0] has MaxAttempts 1.5"),
    (put("first", Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0}]), "Retry[0] has IntervalSeconds 0"),
    (put("first", Retry=[{"ErrorEquals": ["States.ALL"], "BackoffRate": 0.5}]), "Retry[0] has BackoffRate 0.5"),
    (put("first", Retry=[{"ErrorEquals": ["States.ALL"], "Jitter": "FULL"}]), "Retry[0] has no field Jitter"),
    (
        put("first", Retry=[{"ErrorEquals": ["States.ALL"], "JitterStrategy": "HALF"}]),
        "Retry[0] has JitterStrategy 'HALF'",
    ),
    (
        put("first", Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 9, "MaxDelaySeconds": 9}]),
        "Retry[0] has MaxDelaySeconds 9 with IntervalSeconds 9",
    ),
    (
        put("first", Retry=[{"ErrorEquals": ["States.Timeout"]}, {"ErrorEquals": ["States.Timeout"]}]),
        "Retry [1] names States.Timeout, as a rule before it does",
    ),
]

FIELDS = [
    (put("first", TimeoutSeconds=0), "first: has TimeoutSeconds 0, which isn't a whole number from 1"),
    (put("first", TimeoutSeconds=True), "first: has TimeoutSeconds True"),
    (put("first", TimeoutSeconds=5, HeartbeatSeconds=5), "HeartbeatSeconds 5, no less than TimeoutSeconds 5"),
    (put("each", MaxConcurrency=-1), "each: has MaxConcurrency -1"),
    (put("each", ToleratedFailurePercentage=101), "each: has ToleratedFailurePercentage 101"),
    (put("first", Seconds=5), "first: a Task state in"),
    (put("first", Resource="batch:submitJob"), "first: has the Resource 'batch:submitJob'"),
    (put("failed", Type="Wait"), "failed: waits for one thing, not []"),
    (drop("each", "ItemProcessor"), "each: has no ItemProcessor"),
    (put("first", Input={}), "has no Input"),
]

VARIABLES = [
    (drop("first", "Assign", "end"), "asked: Choices[0]"),
    (drop("first", "Catch", 0, "Assign"), "reads $end, which is assigned not on every way there"),
    (drop("asked", "Choices", 0, "Assign"), "reads $why, which is assigned by no state that it sees"),
    (drop(*KEPT, "Assign"), "reads $item, which is assigned by no state that it sees"),
    (put(*KEPT, "Assign", end=1), "kept: assigns $end, which a scope around it assigns too"),
    (put(*LEFT, Assign={"why": 1}), "left: assigns $why, which a scope around it assigns too"),
    (put("first", "Assign", **{"not a name": 1}), "first: assigns $not a name, which can't be a variable's name"),
    (put("first", "Assign", states=1), "first: assigns $states, which can't be a variable's name"),
    (distribute, "reads $end, which is assigned by no state that it sees"),
]

JSONATA = [
    (turn, "Retry [0] has States.ALL, which must be alone and last"),
    (drop("first", "Assign", "job"), "left: Arguments.Parameters.x reads $job, which is assigned by no state"),
    (put("first", Parameters={}), "first: a Task state in JSONata has no Parameters"),
    (put("first", OutputPath="$"), "first: a Task state in JSONata has no OutputPath"),
    (put("first", "Catch", 0, ResultPath="$"), "Catch[0] has no field ResultPath in JSONata"),
    (put("asked", "Choices", 0, Variable="$end"), "asked: a rule in JSONata has no Variable"),
    (put("first", "Arguments", JobName="{% $states.result %}"), "reads $states.result, which isn't there"),
    (put("first", "Arguments", JobName="{% $states.errorOutput %}"), "reads $states.errorOutput, which isn't there"),
    (put("first", "Assign", why="{% $states.errorOutput %}"), "reads $states.errorOutput, which isn't there"),
    (put("first", "Catch", 0, Output="{% $states.result %}"), "reads $states.result, which isn't there"),
    (put("done", Output="{% $states.result %}"), "reads $states.result, which isn't there"),
    (put(*KEPT, Output="{% $states.context.Map.Item.Index %}"), "reads context.Map.Item.Index, which only an"),
    (put("done", Output="{% $states.other %}"), "reads $states.other, which isn't there"),
    (put("done", Output="{% $states %}"), "reads $states., which isn't there"),
    (put("done", Output="{% $upper('x') %}"), "calls $upper, and there is no such function"),
    (put("done", Output="{% $eval('x') %}"), "calls $eval, and there is no such function"),
    (put("done", Output="{% $end( %}"), "done: Output isn't JSONata"),
    (put("done", Output="{% $end"), "done: Output starts or ends like an expression, not both"),
    (put("done", Comment="{% $end %}"), "done: Comment has an expression, which can't be there"),
    (put("each", QueryLanguage="JSONPath"), "each: can't be in JSONPath in a machine in JSONata"),
]

JSONPATH = [
    (put("first", Arguments={}), "first: a Task state in JSONPath has no Arguments"),
    (put("first", Output={}), "first: a Task state in JSONPath has no Output"),
    (put("first", "Catch", 0, Output={}), "Catch[0] has no field Output in JSONPath"),
    (put("asked", "Choices", 0, Condition="{% true %}"), "asked: a rule in JSONPath has no Condition"),
    (drop("first", "Assign", "job.$"), "left: Parameters.Tags.x.$ reads $job, which is assigned by no state"),
    (put("first", "Parameters", **{"JobName.$": "$.x"}), "first: Parameters.JobName.$ is there without .$ too"),
    (put("first", "Parameters", **{"x.$": 5}), "first: Parameters.x.$ is 5, not a path or a function"),
    (put("first", "Parameters", **{"x.$": "x"}), "first: Parameters.x.$ isn't a path: x"),
    (put("first", "Parameters", **{"x.$": "$.a[b]"}), "first: Parameters.x.$ isn't a path: $.a[b]"),
    (put("first", "Parameters", **{"x.$": "States.Bogus($.x)"}), "calls States.Bogus, and there is no such function"),
    (put("first", "Parameters", **{"x.$": "States.Format('{}')"}), "fills 1 {} with 0 values"),
    (put("first", "Parameters", **{"x.$": "States.UUID(1)"}), "calls States.UUID with 1 arguments"),
    (put("first", "Parameters", **{"x.$": "States.UUID("}), "isn't an intrinsic function from here: "),
    (put("first", "Parameters", **{"x.$": "States.UUID() x"}), "goes on after the function: x"),
    (put("first", "Parameters", **{"x.$": "States.Array($nobody)"}), "reads $nobody, which is assigned by no state"),
    (put("first", "Parameters", **{"x.$": "$$.Map.Item.Value"}), "reads context.Map.Item.Value, which only an"),
    (put("first", InputPath="$nobody.x"), "first: InputPath reads $nobody"),
    (put("first", ResultPath="$job"), "first: ResultPath writes to $job, which isn't in the state's input"),
    (put("each", ItemsPath="$.x[*]"), "each: ItemsPath isn't a path to one place: $.x[*]"),
    (put("each", ItemsPath=None), "each: ItemsPath is None, not a path"),
    (put("asked", "Choices", 0, "And", 0, Variable="$nobody"), "asked: Choices[0].And[0].Variable reads $nobody"),
    (put("asked", "Choices", 0, "And", 0, StringIs="x"), "asked: a rule in JSONPath has no StringIs"),
]


def test_a_right_machine_has_no_faults() -> None:
    assert faults(jsonata_machine()) == []
    assert faults(jsonpath_machine()) == []


@pytest.mark.parametrize("machine", [jsonata_machine, jsonpath_machine])
@pytest.mark.parametrize(("change", "said"), [*FLOW, *ERRORS, *FIELDS, *VARIABLES])
def test_a_change_is_noticed(machine: Callable[[], dict[str, Any]], change: Change, said: str) -> None:
    assert said in changed(machine(), change)


@pytest.mark.parametrize(("change", "said"), JSONATA)
def test_a_change_of_jsonata_is_noticed(change: Change, said: str) -> None:
    assert said in changed(jsonata_machine(), change)


@pytest.mark.parametrize(("change", "said"), JSONPATH)
def test_a_change_of_jsonpath_is_noticed(change: Change, said: str) -> None:
    assert said in changed(jsonpath_machine(), change)


def test_fields_and_times_of_the_machine_are_looked_at() -> None:
    assert faults({**jsonata_machine(), "TimeoutSeconds": 0, "Tags": {}}) == [
        "the machine has no field Tags",
        "the machine has TimeoutSeconds 0, which isn't a whole number from 1 to 99999999",
    ]
    assert "StartAt: there is no state 'x' in first, both, asked, each, done, failed" in faults(
        {**jsonata_machine(), "StartAt": "x"}
    )
