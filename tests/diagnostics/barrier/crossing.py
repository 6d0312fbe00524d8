"""Edges that cross."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("crossing"):
    a, b, c, d = (BatchJobOperator(task_id=name, **JOB) for name in "abcd")
    a >> [c, d]
    b >> d
