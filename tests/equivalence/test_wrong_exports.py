"""A wrong export is noticed: else it would prove nothing that right ones aren't."""

from dataclasses import replace
from typing import Any

import pytest

from asl_export.pipeline import QueryLanguage
from tests.equivalence.engines import Engines
from tests.equivalence.plans import (
    ALWAYS,
    MAP_INDEX,
    Branch,
    Choice,
    Group,
    GroupKind,
    Job,
    Member,
    Plan,
    Read,
    Region,
    Strategy,
)

pytestmark = pytest.mark.slow

LANGUAGES = list(QueryLanguage)
ONE, TWO, THREE, FOUR = (Job(name=name) for name in ("t1", "t2", "t3", "t4"))
BROKEN = replace(ONE, fails=(ALWAYS,))
FLAKY = replace(ONE, fails=(1,), retries=1)
GETS = replace(TWO, reads=(Read(task="t1", key="n"),))
MAP = Job(name="m1", items=("a", "b"), fails=(0, 0))
JOBS = replace(MAP, name="b1", strategy=Strategy.JOBS)
ARRAY = replace(MAP, name="b1", strategy=Strategy.ARRAY)
TOLERANT = replace(ARRAY, fails=(ALWAYS, 0), tolerated=1)


def plan(*members: Member, edges: tuple[str, ...] = (), conf: tuple[tuple[str, int], ...] = ()) -> Plan:
    """A plan of these members; an edge is written "t1 t2"."""
    return Plan(region=Region(members=members, edges=pairs(edges)), conf=conf)


def pairs(edges: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((edge.split()[0], edge.split()[1]) for edge in edges)


def group(
    name: str, kind: GroupKind, *members: Member, items: tuple[str, ...] = (), edges: tuple[str, ...] = ()
) -> Group:
    return Group(name=name, kind=kind, region=Region(members=members, edges=pairs(edges)), items=items)


def chosen(over: int) -> Plan:
    """t1 if 3 is more than `over`, else t2."""
    branch = Branch(subject="n", of_result=False, over=over, follow=("t1",))
    choice = Choice(name="c1", branches=(branch,), default=("t2",))
    return plan(choice, ONE, TWO, edges=("c1 t1", "c1 t2"), conf=(("n", 3),))


def chosen_by_item(over: int) -> Plan:
    """t1 for each item whose index is more than `over`, else t2."""
    branch = Branch(subject=MAP_INDEX, of_result=False, over=over, follow=("t1",))
    choice = Choice(name="c1", branches=(branch,), default=("t2",))
    each = (replace(job, fails=(0, 0)) for job in (ONE, TWO))
    members = (choice, *each)
    return plan(group("g1", GroupKind.MAPPED, *members, items=("a", "b"), edges=("c1 t1", "c1 t2")), conf=(("n", 0),))


LONG = (THREE, FOUR, ONE, TWO)
CHAIN = plan(ONE, TWO, edges=("t1 t2",))

WRONG = {
    "an edge is lost": (
        plan(*LONG, edges=("t3 t4", "t4 t1", "t1 t2")),
        plan(*LONG, edges=("t3 t4", "t4 t1")),
        "t2 (t2) started before t1 had ended",
    ),
    "an edge is turned round": (CHAIN, plan(TWO, ONE, edges=("t2 t1",)), "t2 (t2) started before t1 had ended"),
    "a task is lost": (CHAIN, plan(ONE), "t2: job: Airflow: SUCCEEDED; Step Functions: never submitted"),
    "a task is added": (plan(ONE), CHAIN, "t2: job: Airflow: never submitted; Step Functions: SUCCEEDED"),
    "an item is lost": (plan(MAP), plan(replace(MAP, items=("a",), fails=(0,))), "m1: job: Airflow: SUCCEEDED"),
    "an item is another": (plan(MAP), plan(replace(MAP, items=("a", "z"))), "m1: environment.ITEM: Airflow: b"),
    "a command is another": (plan(ONE), plan(BROKEN), "t1: command"),
    "a failure is taken for a success": (plan(BROKEN), plan(ONE), "the run: final state: Airflow: failed"),
    "a retry is lost": (plan(FLAKY), plan(replace(FLAKY, retries=0)), "the run: final state: Airflow: succeeded"),
    "a retry is added": (plan(replace(FLAKY, retries=0)), plan(FLAKY), "t1: job: Airflow: never submitted"),
    "a failure doesn't hold up what depends on it": (
        plan(BROKEN, TWO, edges=("t1 t2",)),
        plan(BROKEN, TWO),
        "t2: job: Airflow: never submitted; Step Functions: SUCCEEDED",
    ),
    "a failure holds up what doesn't depend on it": (
        plan(BROKEN, TWO, THREE, edges=("t2 t3",)),
        plan(BROKEN, TWO, THREE, edges=("t2 t3", "t1 t3")),
        "t3: job: Airflow: SUCCEEDED; Step Functions: never submitted",
    ),
    "a trigger rule is another": (
        plan(BROKEN, replace(TWO, rule="all_done"), edges=("t1 t2",)),
        plan(BROKEN, TWO, edges=("t1 t2",)),
        "the run: final state: Airflow: succeeded",
    ),
    "a choice takes another branch": (
        chosen(over=2),
        chosen(over=3),
        "t1: job: Airflow: SUCCEEDED; Step Functions: never submitted",
    ),
    "all items take the first one's branch": (
        chosen_by_item(over=0),
        chosen_by_item(over=1),
        "t1: job: Airflow: SUCCEEDED; Step Functions: never submitted",
    ),
    "a result is handed on wrongly": (
        plan(replace(ONE, result={"n": 1}), GETS),
        plan(replace(ONE, result={"n": 2}), GETS),
        "t2: environment.GOT_0: Airflow: 1; Step Functions: 2",
    ),
    "a job graph loses a dependency": (
        plan(group("g1", GroupKind.JOB_GRAPH, ONE, TWO, edges=("t1 t2",))),
        plan(group("g1", GroupKind.JOB_GRAPH, ONE, TWO)),
        "t2: dependsOn: Airflow: t1; Step Functions: not set",
    ),
    "a job that was submitted ahead doesn't wait for one that fails": (
        plan(group("g1", GroupKind.AHEAD, BROKEN, TWO, edges=("t1 t2",))),
        plan(group("g1", GroupKind.AHEAD, BROKEN, TWO)),
        "t2: job: Airflow: never submitted; Step Functions: SUCCEEDED",
    ),
    "a map loses an item": (
        plan(JOBS),
        plan(replace(JOBS, items=("a",), fails=(0,))),
        "b1: job: Airflow: SUCCEEDED; Step Functions: never submitted",
    ),
    "a map's array job loses an item": (
        plan(replace(ARRAY, items=("a", "b", "c"), fails=(0, 0, 0))),
        plan(ARRAY),
        "b1: arraySize: Airflow: 3; Step Functions: 2",
    ),
    "a map's array job has another item": (
        plan(ARRAY),
        plan(replace(ARRAY, items=("a", "z"))),
        "b1: environment.AIRSTEP_ITEMS",
    ),
    "a map's failures are tolerated": (
        plan(replace(TOLERANT, tolerated=0)),
        plan(TOLERANT),
        "the run: final state: Airflow: failed",
    ),
    "a map's failures are not tolerated": (
        plan(TOLERANT, TWO, edges=("b1 t2",)),
        plan(replace(TOLERANT, tolerated=0), TWO, edges=("b1 t2",)),
        "t2: job: Airflow: SUCCEEDED; Step Functions: never submitted",
    ),
    "a map's failed items are counted wrongly": (
        plan(TOLERANT, replace(TWO, reads=(Read(task="b1", key="failed"),))),
        plan(replace(TOLERANT, fails=(0, 0)), replace(TWO, reads=(Read(task="b1", key="failed"),))),
        "t2: environment.GOT_0: Airflow: 1; Step Functions: 0",
    ),
    "a mapped group loses an item": (
        plan(group("g1", GroupKind.MAPPED, replace(ONE, fails=(0, 0)), items=("a", "b"))),
        plan(group("g1", GroupKind.MAPPED, ONE, items=("a",))),
        "t1: job: Airflow: SUCCEEDED",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("right", "wrong", "said"), WRONG.values(), ids=WRONG)
def test_the_export_of_another_dag_is_noticed(
    engines: Engines, right: Plan, wrong: Plan, said: str, language: QueryLanguage
) -> None:
    differences = engines.run(right, language, export_of=wrong).differences
    assert said in "\n".join(differences)


def swapped(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition in which t1 and t2 have changed places."""
    states = definition["States"]
    first, second = states["t1"], states["t2"]
    places = {"Next", "End"}
    states["t1"] = {key: value for key, value in (second | first).items() if key in places & first.keys()} | {
        key: value for key, value in second.items() if key not in places
    }
    states["t2"] = {key: value for key, value in second.items() if key in places} | {
        key: value for key, value in first.items() if key not in places
    }
    return definition


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_states_that_changed_places_are_noticed(engines: Engines, language: QueryLanguage) -> None:
    differences = engines.run(CHAIN, language, change=swapped).differences
    assert "Step Functions: t2 (t2) started before t1 had ended" in "\n".join(differences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_export_has_no_difference(engines: Engines, language: QueryLanguage) -> None:
    assert engines.run(CHAIN, language).differences == ()
