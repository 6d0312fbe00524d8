"""What an export says about added waiting is what its machine does."""

import pytest
from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator
from asl_export.pipeline import export_dag
from tests.asl_order.airflow_dag import plain_dag
from tests.asl_order.comparison import compare
from tests.asl_order.order import order_of


def job(name: str, *, retries: int = 1, rule: str = "all_success") -> BatchJobOperator:
    """A job that Batch's own dependencies can't stand for, as Airflow would try it again."""
    return BatchJobOperator(task_id=name, job_queue="q", job_definition="d", retries=retries, trigger_rule=rule)


def barrier() -> DAG:
    with DAG("barrier") as dag:
        a, b, c, d = (job(name) for name in "abcd")
        a >> [c, d]
        b >> d
    return dag


def group_of_barriers() -> DAG:
    """The same, with mapped groups in the place of single tasks."""
    with DAG("groups") as dag:

        @task_group
        def each(item: str) -> None:
            job("x") >> job("y")

        a, c, d = (job(name) for name in "acd")
        b = each.override(group_id="b").expand(item=["1", "2"])
        a >> [c, d]
        b >> d
    return dag


def into_a_map() -> DAG:
    with DAG("into") as dag:

        @task_group
        def each(item: str) -> None:
            x, y = job("x"), job("y")
            a >> x
            y >> b

        a, b = job("a"), job("b")
        each.override(group_id="g").expand(item=["1", "2"])
    return dag


def first_success() -> DAG:
    with DAG("first") as dag:
        [job("a"), job("b")] >> job("c", rule="one_success")
    return dag


def diamond() -> DAG:
    with DAG("diamond") as dag:
        job("a") >> [job("b"), job("c")] >> job("d")
    return dag


def crossing_jobs() -> DAG:
    with DAG("crossing") as dag:
        a, b, c, d = (job(name, retries=0) for name in "abcd")
        a >> [c, d]
        b >> d
    return dag


def always() -> DAG:
    with DAG("always") as dag:
        job("a") >> job("b", rule="always") >> job("c")
    return dag


CASES = [
    (barrier(), {("c", "b")}),
    (group_of_barriers(), {("c", "b.x"), ("c", "b.y")}),
    (into_a_map(), {("g.y", "a"), ("b", "g.x")}),
    (first_success(), {("c", "a"), ("c", "b")}),
    (diamond(), set()),
    (crossing_jobs(), set()),
    (always(), set()),
]


@pytest.mark.parametrize(("dag", "waits"), CASES, ids=[dag.dag_id for dag, _ in CASES])
def test_an_export_says_which_tasks_wait_for_more_than_the_dag_asks(dag: DAG, waits: set[tuple[str, str]]) -> None:
    export = export_dag(dag)
    assert set(export.added_waits) == waits
    order = order_of(export.definition)
    extra = [(first, then) for then, first in export.added_waits]
    assert [str(difference) for difference in compare(order, plain_dag(dag, order.machine), extra)] == []


@pytest.mark.parametrize(
    ("dag", "said"),
    [
        (barrier(), ["c waits for b, and needn't"]),
        (into_a_map(), ["g.y waits for a, and needn't", "b waits for a, and needn't", "b waits for g.x, and needn't"]),
    ],
)
def test_a_wait_that_nobody_warned_of_is_noticed(dag: DAG, said: list[str]) -> None:
    order = order_of(export_dag(dag).definition)
    assert sorted(str(difference) for difference in compare(order, plain_dag(dag, order.machine))) == sorted(said)
