"""Large DAGs: small machines, no limit of Python's stack, and right where one looks."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, TaskGroup

from airstep.operators import BatchJobOperator, ChoiceOperator
from asl_export.asl.lower.ends import Ends
from asl_export.outcomes.world import World
from asl_export.pipeline import QueryLanguage, export_dag

BOTH = pytest.mark.parametrize("language", list(QueryLanguage))


def job(name: str) -> BatchJobOperator:
    command = ["work", "--input", "{{ params.input }}", "--step", name]
    return BatchJobOperator(task_id=name, job_queue="low", job_definition="echo", command=command)


def empty(dag_id: str) -> DAG:
    return DAG(dag_id, params={"input": Param("s3://bucket/in", type="string")})


def chain(count: int) -> DAG:
    with empty("chain") as dag:
        before = job("job_0")
        for number in range(1, count):
            after = job(f"job_{number}")
            before >> after
            before = after
    return dag


def fan(count: int) -> DAG:
    """A start, the rest side by side, an end."""
    with empty("fan") as dag:
        job("start") >> [job(f"job_{number}") for number in range(count - 2)] >> job("end")
    return dag


def nested(levels: int) -> DAG:
    """In each group a first and a last task, and between them a task beside the next group."""

    def group(level: int) -> tuple[BatchJobOperator, BatchJobOperator]:
        with TaskGroup(f"group_{level}", prefix_group_id=False):
            first, last = job(f"first_{level}"), job(f"last_{level}")
            first >> job(f"beside_{level}") >> last
            if level < levels:
                inner_first, inner_last = group(level + 1)
                first >> inner_first
                inner_last >> last
        return first, last

    with empty("nested") as dag:
        group(0)
    return dag


def definition(dag: DAG, language: QueryLanguage) -> dict[str, Any]:
    """What is read back from the bytes."""
    machine: dict[str, Any] = json.loads(export_dag(dag, query_language=language).to_json(pretty=False))
    return machine


def then(states: dict[str, Any], name: str) -> str:
    """The state that follows when all is well."""
    state = states[name]
    following: str = state["Next"] if "Next" in state else state["Default"]
    return following


def inner(states: dict[str, Any], levels: int) -> dict[str, Any]:
    """The states so many levels in, going through the branch that holds a Parallel."""
    for level in range(levels):
        branches = states[then(states, f"first_{level}")]["Branches"]
        (states,) = (branch["States"] for branch in branches if branch["StartAt"] == f"first_{level + 1}")
    return states


@BOTH
@pytest.mark.parametrize("shape", [chain, fan])
def test_a_hundred_tasks_take_less_than_60_000_bytes(shape: Callable[[int], DAG], language: QueryLanguage) -> None:
    text = export_dag(shape(100), query_language=language).to_json(pretty=False)
    assert text.count("batch:submitJob.sync") == 100
    assert len(text.encode()) < 60_000


@BOTH
def test_a_thousand_tasks_deep_go_on_from_each_to_the_next(language: QueryLanguage) -> None:
    states = definition(chain(1000), language)["States"]
    assert [then(states, f"job_{number}") for number in (0, 499, 998)] == ["job_1", "job_500", "job_999"]
    assert states["job_999"]["End"] is True


@BOTH
def test_a_thousand_tasks_wide_are_branches_in_the_order_of_the_dag(language: QueryLanguage) -> None:
    states = definition(fan(1002), language)["States"]
    parallel = then(states, "start")
    branches = states[parallel]["Branches"]
    assert [branch["StartAt"] for branch in branches] == [f"job_{number}" for number in range(1000)]
    assert then(states, then(states, parallel)) == "end"


@BOTH
def test_forty_levels_nest(language: QueryLanguage) -> None:
    states = definition(nested(40), language)["States"]
    assert {"first_40", "beside_40", "last_40"} <= set(inner(states, 40))
    twentieth = inner(states, 20)
    assert [branch["StartAt"] for branch in twentieth[then(twentieth, "first_20")]["Branches"]] == [
        "beside_20",
        "first_21",
    ]
    assert then(states, then(states, then(states, "first_0"))) == "last_0"


def choices(count: int) -> DAG:
    """A chain of choices between two jobs, with a join behind each."""
    with empty("choices") as dag:
        before: Any = job("start")
        for number in range(count):
            choice = ChoiceOperator(
                task_id=f"choice_{number}",
                choices=[(f"{{{{ dag_run.conf.get('x', 0) == {number} }}}}", f"one_{number}")],
                default=f"other_{number}",
            )
            join = EmptyOperator(task_id=f"join_{number}", trigger_rule="none_failed_min_one_success")
            before >> choice >> [job(f"one_{number}"), job(f"other_{number}")] >> join
            before = join
    return dag


def test_the_work_for_a_choice_does_not_grow_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    whole = Ends.idle

    def counted(self: Ends, tasks: Sequence[str], world: World) -> Any:
        asked[-1] += 1
        return whole(self, tasks, world)

    monkeypatch.setattr(Ends, "idle", counted)
    for count in (20, 40):
        asked.append(0)
        found = definition(choices(count), QueryLanguage.JSONATA)
        assert sum(state["Type"] == "Choice" for state in found["States"].values()) == count + 1  # params are checked
    assert asked[1] <= 2.2 * asked[0]
