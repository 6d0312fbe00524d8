"""A choice can't be mapped on its own."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice"):
    mapped = ChoiceOperator.partial(task_id="mapped").expand(choices=[[(True, "next")], [(False, "next")]])
    mapped >> BatchJobOperator(task_id="next", **JOB)
