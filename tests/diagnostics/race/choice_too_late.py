"""A task that Airflow may have started before the choice that would skip it."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_too_late", params={"frames": 10}):
    probe, render = (
        BatchJobOperator(task_id="probe", **JOB),
        BatchJobOperator(task_id="render", trigger_rule="one_success", **JOB),
    )
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 50 }}", "render")])
    probe >> [choice, render]
    choice >> render
