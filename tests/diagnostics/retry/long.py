"""A delay longer than Step Functions takes, and a limit of no time."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("long"):
    BatchJobOperator(task_id="job", retries=1, retry_delay=timedelta(days=400), **JOB)
    BatchJobOperator(task_id="no_time", execution_timeout=timedelta(0), **JOB)
