"""Edges that others say already change nothing."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("redundant_edges"):
    a, b, c, d = (BatchJobOperator(task_id=name, **JOB) for name in "abcd")
    a >> b >> c >> d
    a >> [c, d]
    b >> d
