"""Branches of different lengths, one with branches of its own, that join at different tasks."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("uneven_branches"):
    start, short, long_1, long_2, fork, left, right, join, end = (
        BatchJobOperator(task_id=name, **JOB)
        for name in ("start", "short", "long_1", "long_2", "fork", "left", "right", "join", "end")
    )
    start >> [short, long_1, fork]
    long_1 >> long_2
    fork >> [left, right] >> join
    [short, long_2, join] >> end
