"""A definition of more than a mebibyte."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("large"):
    for number in range(60):
        BatchJobOperator(task_id=f"job_{number}", parameters={"text": "x" * 20_000}, **JOB)
