"""Every golden machine has exactly its DAG's order; a machine that is changed a little has not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asl_export.pipeline import QueryLanguage, export_dag, load_dag
from tests.asl_order.airflow_dag import plain_dag
from tests.asl_order.comparison import Difference, compare
from tests.asl_order.order import order_of

GOLDEN = Path(__file__).parents[1] / "golden"
MACHINES = sorted(f"{path.parent.name}/{path.name}" for path in GOLDEN.glob("*/expected.*.json"))


def differences(machine: str, change: Callable[[Any], None] = lambda definition: None) -> tuple[Difference, ...]:
    """What is wrong with a golden machine, changed first; what the export warned of is allowed."""
    case, _, file = machine.partition("/")
    definition = json.loads((GOLDEN / machine).read_text(encoding="utf-8"))
    change(definition)
    order = order_of(definition)
    dag = load_dag(case, GOLDEN / case / "dag.py")
    export = export_dag(dag, query_language=QueryLanguage(file.split(".")[1]))
    extra = [(first, then) for then, first in export.added_waits]
    return compare(order, plain_dag(dag, order.machine), extra)


def swap(first: str, second: str) -> Callable[[Any], None]:
    """Two states of the outermost scope in each other's place."""

    def change(definition: Any) -> None:
        states = definition["States"]
        one, other = states[first], states[second]
        states[first] = _without(other, "Next", "End") | _ways_on(one)
        states[second] = _without(one, "Next", "End") | _ways_on(other)

    return change


def chain(parallel: str) -> Callable[[Any], None]:
    """The first two branches of a Parallel as one."""

    def change(definition: Any) -> None:
        one, other, *rest = definition["States"][parallel]["Branches"]
        states: dict[str, Any] = one["States"]
        ending = next(state for state in states.values() if state["Type"] == "Task" and state.get("End"))
        del ending["End"]
        ending["Next"] = other["StartAt"]
        states.update(other["States"])
        definition["States"][parallel]["Branches"] = [one, *rest]

    return change


def beside(first: str, second: str) -> Callable[[Any], None]:
    """Two states of the outermost scope that follow one another as branches of a Parallel, without their edge."""

    def change(definition: Any) -> None:
        states = definition["States"]
        one, other = states.pop(first), states.pop(second)
        branches = [
            {"StartAt": f"{name} alone", "States": {f"{name} alone": _without(state, "Next") | {"End": True}}}
            for name, state in ((first, one), (second, other))
        ]
        states[first] = {"Type": "Parallel", "Branches": branches} | _ways_on(other)

    return change


def end(name: str) -> Callable[[Any], None]:
    """A state of the outermost scope that goes on no more."""

    def change(definition: Any) -> None:
        del definition["States"][name]["Next"]
        definition["States"][name]["End"] = True

    return change


def skip(name: str, following: str) -> Callable[[Any], None]:
    """A state of the outermost scope that goes on elsewhere."""
    return lambda definition: definition["States"][name].update(Next=following)


def _without(state: Any, *fields: str) -> dict[str, Any]:
    return {field: value for field, value in state.items() if field not in fields}


def _ways_on(state: Any) -> dict[str, Any]:
    return {field: state[field] for field in ("Next", "End") if field in state}


def two_maps(definition: Any) -> None:
    """The mapped group's two tasks in maps of their own: the second waits for all items of the first."""
    whole = definition["States"]["rendition"]
    second = json.loads(json.dumps(whole))
    first = whole["ItemProcessor"]["States"]
    del first["encode"]["Next"], first["check"]
    first["encode"]["End"] = True
    other = second["ItemProcessor"]
    other["StartAt"] = "check"
    other["States"] = {"check": other["States"]["check"], "check failed": other["States"]["encode branch failed"]}
    other["States"]["check"]["Catch"][0]["Next"] = "check failed"
    definition["States"]["second"] = second
    whole["Next"] = "second"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_golden_machine_has_its_dags_order(machine: str) -> None:
    assert [str(difference) for difference in differences(machine)] == []


@pytest.mark.parametrize("language", ["jsonata", "jsonpath"])
@pytest.mark.parametrize(
    ("case", "change", "said"),
    [
        ("chain", swap("first", "second"), "second doesn't wait for first"),
        ("chain", end("first"), "nothing leads to third"),
        ("chain", skip("first", "third"), "nothing leads to second"),
        ("chain", beside("second", "third"), "third doesn't wait for second"),
        ("long_names", beside("same", "same (2)"), "two.same doesn't wait for one.same"),
        ("retries", swap("constant", "none"), "none doesn't wait for constant"),
        ("diamond", swap("top", "bottom"), "bottom doesn't wait for top"),
        ("diamond", chain("left and 1 more"), "right waits for left, and needn't"),
        ("parallel", chain("parallel"), "right waits for left, and needn't"),
        ("fail_fast_dag", chain("fail_fast_dag"), "group.left waits for beside, and needn't"),
        ("nested_failures", chain("nested_failures"), "join waits for outer, and needn't"),
        ("crossing_retries", swap("a and 1 more", "c and 1 more"), "d doesn't wait for b"),
        ("job_ids", swap("first", "second and 1 more"), "third doesn't wait for first"),
        ("map_group", two_maps, "rendition.encode and rendition.check are in other maps"),
    ],
)
def test_a_changed_machine_is_noticed(case: str, change: Callable[[Any], None], said: str, language: str) -> None:
    found = [str(difference) for difference in differences(f"{case}/expected.{language}.json", change)]
    assert said in "\n".join(found)
