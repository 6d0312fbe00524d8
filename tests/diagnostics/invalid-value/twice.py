"""An override given twice, and a value without a text."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("twice"):
    BatchOperator(task_id="nothing", job_name="job", parameters={"text": None}, **JOB)
    BatchOperator(task_id="object", job_name="job", parameters={"text": object()}, **JOB)
