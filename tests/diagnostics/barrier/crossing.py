"""Edges that cross between tasks that Batch alone can't order: one has retries."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("crossing"):
    a, b, c = (BatchJobOperator(task_id=name, **JOB) for name in "abc")
    d = BatchJobOperator(task_id="d", retries=2, **JOB)
    a >> [c, d]
    b >> d
