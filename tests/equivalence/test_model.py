"""Random DAGs' exports do what a model of Airflow says: no scheduler, no server and no jobs, so hundreds in seconds.

`python -m tests.equivalence.model_soak 5000` judges more of them.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from asl_export.pipeline import QueryLanguage
from tests.equivalence.features import MODELLED
from tests.equivalence.judgement import LANGUAGES, PROFILE
from tests.equivalence.model_judgement import ModelDifferenceError, ModelTally, judge_by_model
from tests.equivalence.plans import ALWAYS, Group, GroupKind, Job, Member, Plan, Region
from tests.equivalence.strategies import plans

EXAMPLES = 300
RESULT = {"n": 1}


@pytest.fixture(scope="module")
def tally() -> Iterator[ModelTally]:
    counted = ModelTally()
    yield counted
    print(f"\nrandom DAGs against the model: {counted}")


@settings(PROFILE, max_examples=EXAMPLES)
@given(plan=plans(MODELLED), language=LANGUAGES)
def test_a_random_dags_export_does_what_the_model_says(tally: ModelTally, plan: Plan, language: QueryLanguage) -> None:
    judge_by_model(plan, language, tally)


def test_most_random_dags_could_be_judged(tally: ModelTally) -> None:
    assert tally.judged >= 0.6 * (tally.judged + tally.left_out.total()), tally


def job(name: str, rule: str = "all_success", *, fails: int = 0, result: object = None) -> Job:
    return Job(name=name, rule=rule, fails=(fails,), result=result)


def plan(*members: Member, edges: tuple[str, ...] = ()) -> Plan:
    """A plan of these members; an edge is written "t1 t2"."""
    return Plan(region=region(*members, edges=edges))


def region(*members: Member, edges: tuple[str, ...] = ()) -> Region:
    return Region(members=members, edges=tuple((edge.split()[0], edge.split()[1]) for edge in edges))


def job_graph(*members: Member, edges: tuple[str, ...] = ()) -> Group:
    return Group(name="g1", kind=GroupKind.JOB_GRAPH, region=region(*members, edges=edges))


ONCE_WRONG = {
    "in a job graph a job depends on one with a result": plan(
        job_graph(job("t1", result=RESULT), job("t2"), edges=("t1 t2",))
    ),
    "a branch whose first task can't run any more, but may end in two ways": plan(
        job("t1"),
        job("t2", "one_failed"),
        job("t3"),
        job("t4"),
        job("t5"),
        job("t6"),
        job_graph(job("t7"), job("t8")),
        edges=("t1 t2", "t1 t4", "t2 t4", "t4 t6", "t5 t6", "t6 g1"),
    ),
}


@pytest.mark.parametrize("language", list(QueryLanguage))
@pytest.mark.parametrize("plan", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_what_was_wrong_once_is_right(plan: Plan, language: QueryLanguage) -> None:
    tally = ModelTally()
    judge_by_model(plan, language, tally)
    assert tally.judged + tally.left_out["race"] == 1, tally


WRONG_BY_MODEL = {
    "a failure that the machine doesn't have": (plan(job("t1", fails=ALWAYS)), plan(job("t1"))),
    "a job that the machine doesn't run": (plan(job("t1"), job("t2")), plan(job("t1"))),
    "an order that the machine doesn't keep": (
        plan(job("t1"), job("t2"), edges=("t1 t2",)),
        plan(job("t1"), job("t2")),
    ),
}


@pytest.mark.parametrize(("right", "wrong"), WRONG_BY_MODEL.values(), ids=WRONG_BY_MODEL)
def test_the_export_of_another_dag_is_noticed(right: Plan, wrong: Plan) -> None:
    with pytest.raises(ModelDifferenceError):
        judge_by_model(right, QueryLanguage.JSONATA, ModelTally(), export_of=wrong)
