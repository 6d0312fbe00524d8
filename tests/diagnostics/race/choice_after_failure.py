"""A task that a choice may skip when it is upstream_failed already, and what follows it too."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_after_failure", params={"frames": 10}):
    first, failing, render, report = (
        BatchJobOperator(task_id=name, **JOB) for name in ("first", "failing", "render", "report")
    )
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 50 }}", "render")])
    first >> choice >> render >> report
    failing >> render
