"""Large DAGs: small machines, no limit of Python's stack, and right where one looks."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator
from asl_export.pipeline import QueryLanguage, export_dag

BOTH = pytest.mark.parametrize("language", list(QueryLanguage))


def job(name: str) -> BatchJobOperator:
    command = ["work", "--input", "{{ params.input }}", "--step", name]
    return BatchJobOperator(task_id=name, job_queue="low", job_definition="echo", command=command)


def chain(count: int) -> DAG:
    with DAG("chain", params={"input": "s3://bucket/in"}) as dag:
        before = job("job_0")
        for number in range(1, count):
            before >> (before := job(f"job_{number}"))
    return dag


def fan(count: int) -> DAG:
    """A start, the rest side by side, an end."""
    with DAG("fan", params={"input": "s3://bucket/in"}) as dag:
        job("start") >> [job(f"job_{number}") for number in range(count - 2)] >> job("end")
    return dag


def nested(levels: int) -> DAG:
    """In each group a task, and beside it the next group."""
    with DAG("nested", params={"input": "s3://bucket/in"}) as dag, ExitStack() as groups:
        for level in range(levels):
            groups.enter_context(TaskGroup(f"group_{level}", prefix_group_id=False))
            job(f"beside_{level}")
            above = job(f"above_{level}")
            if level:
                over >> above  # noqa: F821  # the level's before
            over = above  # noqa: F841
    return dag


def definition(dag: DAG, language: QueryLanguage) -> dict[str, Any]:
    """What is read back from the bytes."""
    return json.loads(export_dag(dag, query_language=language).to_json(pretty=False))


@BOTH
@pytest.mark.parametrize("shape", [chain, fan])
def test_a_hundred_tasks_are_less_than_60_kilobytes(shape: Callable[[int], DAG], language: QueryLanguage) -> None:
    text = export_dag(shape(100), query_language=language).to_json(pretty=False)
    assert text.count("batch:submitJob.sync") == 100
    assert len(text.encode()) < 60_000
