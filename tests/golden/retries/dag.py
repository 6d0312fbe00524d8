"""Retries constant, growing and capped, with their own rule for throttling in front."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("retries", default_args={"retries": 2, "retry_delay": timedelta(seconds=30)}):
    constant = BatchJobOperator(task_id="constant", **JOB)
    growing = BatchJobOperator(task_id="growing", retry_exponential_backoff=3, **JOB)
    capped = BatchJobOperator(
        task_id="capped", retry_exponential_backoff=2, max_retry_delay=timedelta(minutes=5), **JOB
    )
    none = BatchJobOperator(task_id="none", retries=0, **JOB)
    constant >> growing >> capped >> none
