"""A choice that follows a whole group."""

from airflow.sdk import DAG, Param, TaskGroup

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_group", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 10 }}", "group")], default="single")
    with TaskGroup("group") as group:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    single = BatchJobOperator(task_id="single", **JOB)
    choice >> [group, single]
