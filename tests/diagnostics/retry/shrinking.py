"""Delays that Airflow makes shorter from try to try, or infinite at once; what isn't above 0 changes nothing there."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("shrinking"):
    for name, rate in {"half": 0.5, "endless": float("inf"), "none": -1, "no_number": float("nan"), "same": 1}.items():
        BatchJobOperator(task_id=name, retries=3, retry_exponential_backoff=rate, **JOB)
    BatchJobOperator(task_id="no_retries", retries=0, retry_exponential_backoff=0.5, **JOB)
