"""Choices that follow what isn't directly downstream, and a choice that is mapped."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("not_downstream", params={"frames": Param(1, type="integer")}):
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 100 }}", "later")], default="next")
    following, later = (BatchJobOperator(task_id=name, **JOB) for name in ("next", "later"))
    choice >> following >> later
    other = ChoiceOperator(task_id="other", choices=[(True, "next")], default="nowhere")
    other >> following
