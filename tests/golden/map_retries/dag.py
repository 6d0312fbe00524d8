"""Retries and the time limit are those of each item."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_retries"):
    BatchJobOperator.partial(
        task_id="encode", retries=2, retry_delay=timedelta(minutes=1), execution_timeout=timedelta(hours=1), **JOB
    ).expand(vcpus=[1, 2])
