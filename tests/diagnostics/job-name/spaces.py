"""A job name that Batch refuses, in the stock operator, which doesn't look."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("spaces"):
    BatchOperator(task_id="job", job_name="with spaces", **JOB)
