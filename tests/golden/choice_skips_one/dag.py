"""A choice that skips one task, which what follows doesn't wait for in vain."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_skips_one", params={"preview": Param(True, type="boolean")}):
    choice = ChoiceOperator(
        task_id="preview", choices=[("{{ params.preview }}", ["thumbnail", "render"])], default="render"
    )
    thumbnail = BatchJobOperator(task_id="thumbnail", **JOB)
    render = BatchJobOperator(task_id="render", **JOB)
    publish = BatchJobOperator(task_id="publish", trigger_rule="none_failed", **JOB)
    choice >> thumbnail >> publish
    choice >> render >> publish
