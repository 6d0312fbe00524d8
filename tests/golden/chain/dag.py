"""Three jobs one after another."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("chain", description="First, second, third."):
    first = BatchJobOperator(task_id="first", **JOB)
    second = BatchJobOperator(task_id="second", doc_md="The middle one.", **JOB)
    third = BatchJobOperator(task_id="third", **JOB)
    first >> second >> third
