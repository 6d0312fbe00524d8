"""Edges that cross: all jobs are submitted at once, and Batch keeps their order."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("crossing"):
    a = BatchJobOperator(task_id="a", **JOB)
    b = BatchJobOperator(task_id="b", **JOB)
    c = BatchJobOperator(task_id="c", **JOB)
    d = BatchJobOperator(task_id="d", **JOB)
    a >> [c, d]
    b >> d
