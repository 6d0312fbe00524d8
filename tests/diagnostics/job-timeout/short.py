"""A time limit of less than a minute."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_name": "job", "job_queue": "low", "job_definition": "echo:1"}

with DAG("short"):
    BatchOperator(task_id="job", submit_job_timeout=30, **JOB)
