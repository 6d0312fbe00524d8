"""Crossing edges between jobs with retries: Batch can't keep them, so there is a barrier, and a warning."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("crossing_retries"):
    a, b, c, d = (BatchJobOperator(task_id=name, retries=1, **JOB) for name in "abcd")
    a >> [c, d]
    b >> d
