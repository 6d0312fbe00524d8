"""A job id handed on in a chain and into a branch."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_ids"):
    first = BatchJobOperator(task_id="first", wait_for_completion=False, **JOB)
    second = BatchJobOperator(task_id="second", depends_on=[first.output], **JOB)
    third = BatchJobOperator(task_id="third", parameters={"after": first.output}, **JOB)
    first >> [second, third]
