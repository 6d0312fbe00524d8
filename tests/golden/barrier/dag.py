"""Edges that cross: one task waits for one more than it must, and a warning says so."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("barrier"):
    a = BatchJobOperator(task_id="a", **JOB)
    b = BatchJobOperator(task_id="b", **JOB)
    c = BatchJobOperator(task_id="c", **JOB)
    d = BatchJobOperator(task_id="d", **JOB)
    a >> [c, d]
    b >> d
