"""The order to hold a run to comes from the DAG's own edges."""

from __future__ import annotations

import pytest
from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task_group

from asl_export.verify.edges import check_order, dag_edges
from asl_export.verify.jobs import Job
from tests.unit.verify.runs import failed, job


def batch(task_id: str, *, job_name: str = "", rule: str = "all_success") -> BatchOperator:
    return BatchOperator(
        task_id=task_id,
        job_name=job_name or task_id,
        job_queue="queue",
        job_definition="definition",
        trigger_rule=rule,
    )


def pairs(dag: DAG) -> list[tuple[str, str, bool]]:
    return [(edge.upstream.task_id, edge.downstream.task_id, edge.per_item) for edge in dag_edges(dag)]


def test_tasks_without_jobs_are_looked_through() -> None:
    with DAG("dag") as dag:
        batch("a") >> EmptyOperator(task_id="gate") >> [batch("b"), batch("c")]
    assert pairs(dag) == [("a", "b", False), ("a", "c", False)]


@pytest.mark.parametrize(("rule", "expected"), [("all_done", 1), ("one_failed", 0), ("one_success", 0), ("always", 0)])
def test_a_trigger_rule_that_starts_early_demands_no_order(rule: str, expected: int) -> None:
    with DAG("dag") as dag:
        batch("a") >> batch("b", rule=rule)
    assert len(pairs(dag)) == expected


@pytest.mark.parametrize(
    ("gate", "rule", "expected"),
    [
        ("all_success", "all_success", [("a", "b", False)]),
        ("all_success", "all_done", []),  # another failure makes the gate upstream_failed, and b starts
        ("all_success", "none_failed", []),
        ("all_done", "all_done", [("a", "b", False)]),
        ("none_skipped", "all_done", []),
    ],
)
def test_a_task_between_that_may_be_decided_early_holds_up_only_who_needs_its_success(
    gate: str, rule: str, expected: list[tuple[str, str, bool]]
) -> None:
    with DAG("dag") as dag:
        batch("a") >> EmptyOperator(task_id="gate", trigger_rule=gate) >> batch("b", rule=rule)
    assert pairs(dag) == expected


def test_inside_a_mapped_group_the_order_is_an_item_s_own() -> None:
    with DAG("dag") as dag:

        @task_group
        def steps(number: int) -> None:
            batch("a", job_name="a") >> batch("b", job_name="b")

        steps.expand(number=[1, 2]) >> batch("after")
    assert pairs(dag) == [("steps.a", "steps.b", True), ("steps.b", "after", False)]


def test_a_templated_job_name_is_known_by_its_fixed_parts() -> None:
    with DAG("dag") as dag:
        batch("a", job_name="run-{{ params.name }}-1") >> batch("b")
    pattern = dag_edges(dag)[0].upstream.pattern
    assert [bool(pattern.fullmatch(name)) for name in ("run-x-1", "run-1", "walk-x-1")] == [True, False, False]


def test_a_mapped_task_keeps_its_job_name() -> None:
    with DAG("dag") as dag:
        mapped = BatchOperator.partial(task_id="m", job_name="runs", job_queue="q", job_definition="d")
        mapped.expand(parameters=[{"n": "1"}]) >> batch("b")
    assert dag_edges(dag)[0].upstream.pattern.pattern == "runs"


def test_a_mapped_job_name_may_be_any() -> None:
    with DAG("dag") as dag:
        mapped = BatchOperator.partial(task_id="m", job_queue="q", job_definition="d")
        mapped.expand(job_name=["x", "y"]) >> batch("b")
    assert dag_edges(dag)[0].upstream.pattern.fullmatch("x")


def test_inside_a_mapped_group_a_task_that_may_run_without_the_one_before_has_no_order_to_check() -> None:
    with DAG("dag") as dag:

        @task_group
        def steps(number: int) -> None:
            first = batch("a")
            first >> batch("b", rule="none_skipped")
            first >> EmptyOperator(task_id="gate", trigger_rule="all_done") >> batch("c")

        steps.expand(number=[1, 2])
    assert pairs(dag) == []


@pytest.mark.parametrize(
    ("second", "broken"),
    [
        (failed("second", at=2.0), False),  # what starts at 4 may be its next try
        (job("second", at=2.0), True),  # two items have started, and the first task of one has ended
    ],
)
def test_inside_a_mapped_group_a_next_try_is_no_other_item(second: Job, broken: bool) -> None:
    with DAG("dag") as dag:

        @task_group
        def each(item: str) -> None:
            batch("first", job_name="first") >> batch("second", job_name="second")

        each.expand(item=["a", "b"])
    jobs = [job("first", at=0.0), job("first", at=8.0), second, job("second", at=4.0), job("second", at=10.0)]
    assert bool(check_order(dag_edges(dag), jobs).broken) is broken
