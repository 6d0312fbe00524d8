"""Trigger rules decide as Airflow's own scheduler does, for every way in which the tasks upstream may end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, chain

from airstep.operators import BatchJobOperator, ChoiceOperator
from asl_export.frontend.read import read_dag
from asl_export.ir.status import Status, TriggerRule
from asl_export.outcomes.logic import Logic, logic_of
from asl_export.outcomes.world import World, holds, one_of
from tests.unit.asl_export.airflow_rules import RUNS, Scheduler

ENDS = tuple(Status)


def job(name: str, rule: str = "all_success") -> BatchJobOperator:
    return BatchJobOperator(task_id=name, job_queue="q", job_definition="d", trigger_rule=rule)


def endings(name: str) -> BatchJobOperator:
    """A task that may end in every way: a choice may skip it, and the task before it may fail."""
    task = job(name)
    choice = ChoiceOperator(task_id=f"choice_{name}", choices=[("{{ params.n > 1 }}", name)])
    [choice, job(f"before_{name}")] >> task
    return task


def rules(rule: str, count: int) -> DAG:
    """A task `then` with a rule and so many tasks upstream."""
    with DAG("rules", params={"n": Param(1, type="integer")}) as dag:
        [endings(f"up_{number}") for number in range(count)] >> job("then", rule)
    return dag


def setups(count: int) -> DAG:
    """A teardown `then` with setups and one other task upstream."""
    with DAG("rules", params={"n": Param(1, type="integer")}) as dag:
        before = [endings(f"up_{number}").as_setup() for number in range(count)]
        then = job("then").as_teardown()
        work = endings(f"up_{count}")
        before >> work >> then
        before >> then
    return dag


def indirect_setup(rule: str) -> DAG:
    """A task `then` that needs a setup which isn't directly upstream."""
    with DAG("rules", params={"n": Param(1, type="integer")}) as dag:
        setup, work, then, teardown = endings("up_0"), endings("up_1"), job("then", rule), job("teardown")
        setup.as_setup() >> work >> then >> teardown.as_teardown(setups=setup)
    return dag


def read_logic(dag: DAG) -> Logic:
    graph = read_dag(dag).graph
    assert graph is not None
    return logic_of(graph)


def decided(logic: Logic, ends: Mapping[str, str]) -> str:
    """What the compiler's logic says of `then` when others have ended so."""
    world = World(ends={task: one_of([end]) for task, end in ends.items()})
    then = logic.tasks["then"]
    runs, blocked = holds(then.runs, world), holds(then.blocked, world)
    assert None not in (runs, blocked)
    assert not (runs and blocked)
    return RUNS if runs else Status.UPSTREAM_FAILED if blocked else Status.SKIPPED


def combinations(count: int) -> list[dict[str, str]]:
    """Every way in which so many tasks may end together."""
    return [{f"up_{number}": str(end) for number, end in enumerate(ends)} for ends in product(ENDS, repeat=count)]


def differing(dag: DAG, ends: Sequence[Mapping[str, str]]) -> list[str]:
    """Where the compiler's logic isn't Airflow's."""
    scheduler, logic = Scheduler(dag), read_logic(dag)
    return [
        f"{given}: {ours}, in Airflow {theirs}"
        for given in ends
        for ours, theirs in [(decided(logic, given), scheduler.decides("then", given))]
        if ours != theirs
    ]


def is_race(ends: Mapping[str, str]) -> bool:
    return "skipped" in ends.values() and bool({"failed", "upstream_failed"} & set(ends.values()))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("rule", [str(rule) for rule in TriggerRule])
def test_a_rule_decides_as_airflow_does(rule: str, count: int) -> None:
    ends = [given for given in combinations(count) if rule != "all_success" or not is_race(given)]
    assert differing(rules(rule, count), ends) == []


@pytest.mark.parametrize("count", [2, 3])
def test_a_skip_and_a_failure_are_a_race_under_all_success(count: int) -> None:
    dag = rules("all_success", count)
    logic = read_logic(dag)
    racing = [given for given in combinations(count) if is_race(given)]
    assert {decided(logic, given) for given in racing} <= {"skipped", "upstream_failed"}
    assert {Scheduler(dag).decides("then", given) for given in racing} == {"upstream_failed"}
    names = {f"up_{number}" for number in range(count)}
    assert {(race.fails, race.skips) for race in logic.races if race.task == "then"} == {
        (fails, skips) for fails in names for skips in names if fails != skips
    }


@pytest.mark.parametrize(("skipped", "between"), [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 3)])
def test_a_skip_comes_first_where_airflow_looks_often_enough_before_a_job_starts(skipped: int, between: int) -> None:
    with DAG("looks") as dag:
        before, last = job("before"), job("last")
        skips = [job(f"skip_{number}", "all_success" if number else "all_failed") for number in range(skipped)]
        waits = [EmptyOperator(task_id=f"wait_{number}") for number in range(between)]
        chain(before, *skips, last)
        chain(before, *waits, job("job"), last)
    races = [(race.fails, race.skips) for race in read_logic(dag).races if race.task == "last"]
    assert races == ([("job", f"skip_{skipped - 1}")] if skipped > between else [])


def test_no_other_rule_is_a_race() -> None:
    others = [str(rule) for rule in TriggerRule if rule is not TriggerRule.ALL_SUCCESS]
    assert [race for rule in others for race in read_logic(rules(rule, 2)).races if race.task == "then"] == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_teardown_decides_as_airflow_does(count: int) -> None:
    assert differing(setups(count), combinations(count + 1)) == []


@pytest.mark.parametrize("rule", ["all_success"])
def test_a_task_that_needs_a_setup_decides_as_airflow_does(rule: str) -> None:
    ends = [given for given in combinations(2) if not is_race(given)]
    assert differing(indirect_setup(rule), ends) == []
