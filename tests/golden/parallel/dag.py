"""Two jobs side by side: the failure of one lets the other finish."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("parallel"):
    BatchJobOperator(task_id="left", **JOB)
    BatchJobOperator(task_id="right", **JOB)
