"""A choice skips a task that starts at once: it may come too late in Airflow, and has no say in the machine."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_and_always", params={"frames": 5}):
    size = ChoiceOperator(task_id="size", choices=[("{{ params.frames > 100 }}", "many")])
    size >> BatchJobOperator(task_id="many", trigger_rule="always", **JOB)
