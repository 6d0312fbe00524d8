"""What a DAG says of its jobs beside their order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches
from asl_export.verify.flow import DagFlow, dag_flow
from tests.unit.verify.runs import job


def batch(task_id: str, **settings: object) -> BatchJobOperator:
    return BatchJobOperator(task_id=task_id, job_queue="queue", job_definition="definition", **settings)


def waits(**settings: object) -> float:
    with DAG("dag") as dag:
        batch("a", **settings)
    return dag_flow(dag).waits(job("a"))


def crossing() -> DagFlow:
    with DAG("dag") as dag:
        first, second = batch("a"), batch("b")
        first >> EmptyOperator(task_id="gate") >> batch("c")
        [first, second] >> batch("d")
    return dag_flow(dag)


def test_upstream_reaches_through_tasks_without_jobs() -> None:
    assert crossing().is_upstream("a", job("c"))
    assert not crossing().is_upstream("b", job("c"))
    assert not crossing().is_upstream("c", job("a"))
    assert not crossing().is_upstream("unknown", job("c"))


def test_a_failure_stops_the_jobs_of_a_fail_fast_group_only() -> None:
    with DAG("dag") as dag:
        with ParallelBranches("fast"):
            batch("x")
        with ParallelBranches("slow", fail_fast=False):
            batch("y")
    assert [dag_flow(dag).may_be_stopped(job(name)) for name in ("x", "y", "unknown")] == [True, False, False]


def test_a_failure_stops_all_jobs_of_a_fail_fast_dag() -> None:
    with DAG("dag", fail_fast=True) as dag:
        batch("a")
    assert dag_flow(dag).may_be_stopped(job("a"))


def test_a_time_limit_may_stop_the_jobs_of_a_task_that_has_one_even_a_mapped_one() -> None:
    with DAG("dag") as dag:
        batch("a", execution_timeout=timedelta(seconds=9))
        BatchJobOperator.partial(
            task_id="b", job_queue="queue", job_definition="definition", execution_timeout=timedelta(seconds=9)
        ).expand(vcpus=[1, 2])
        batch("c")
    assert dag_flow(dag).limited == {"a", "b"}


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, 0),
        ({"retries": 3, "retry_delay": timedelta(seconds=10)}, 30),
        ({"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": True}, 70),
        (
            {
                "retries": 3,
                "retry_delay": timedelta(seconds=10),
                "retry_exponential_backoff": 3.0,
                "max_retry_delay": timedelta(seconds=25),
            },
            60,
        ),
    ],
    ids=["none", "alike", "doubled", "capped"],
)
def test_the_retries_of_a_job_that_always_fails_wait_so_long(settings: dict[str, object], seconds: float) -> None:
    assert waits(**settings) == seconds


def test_the_retries_of_a_mapped_task_wait_too() -> None:
    with DAG("dag") as dag:
        mapped = BatchJobOperator.partial(
            task_id="m", job_queue="q", job_definition="d", retries=2, retry_delay=timedelta(seconds=7)
        )
        mapped.expand(command=[["a"], ["b"]])
    assert dag_flow(dag).waits(job("m")) == 14
