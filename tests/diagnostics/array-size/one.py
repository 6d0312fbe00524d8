"""An array of one child."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("one"):
    BatchOperator(task_id="job", job_name="job", array_properties={"size": 1}, **JOB)
