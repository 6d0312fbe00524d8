"""Requests larger than Batch takes."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("large"):
    BatchOperator(task_id="parameters", job_name="job", parameters={"text": "x" * 40_000}, **JOB)
    BatchOperator(
        task_id="overrides",
        job_name="job",
        container_overrides={"environment": [{"name": "TEXT", "value": "x" * 9_000}]},
        **JOB,
    )
