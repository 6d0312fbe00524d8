"""The same without fail_fast, with a fail-fast group inside and edges that cross."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("submit_ahead_slow"):
    with ParallelBranches("outer", fail_fast=False, submit_ahead=True) as outer:
        a, b, c, d = (BatchJobOperator(task_id=name, **JOB) for name in "abcd")
        [a, b] >> c
        b >> d
        with ParallelBranches("inner"):
            BatchJobOperator(task_id="left", **JOB) >> BatchJobOperator(task_id="more", **JOB)
            BatchJobOperator(task_id="right", **JOB)
    outer >> BatchJobOperator(task_id="after", **JOB)
