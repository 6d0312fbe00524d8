"""A delay longer than Step Functions takes."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("long"):
    BatchJobOperator(task_id="job", retries=1, retry_delay=timedelta(days=400), **JOB)
