"""One job, nothing else."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("one_job"):
    BatchJobOperator(task_id="hello", **JOB)
