"""A fraction of a second."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fraction"):
    BatchJobOperator(task_id="job", retries=1, retry_delay=timedelta(seconds=0.5), **JOB)
