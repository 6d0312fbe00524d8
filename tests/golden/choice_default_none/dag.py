"""Where no condition is true, and there is no default, everything behind a choice is skipped."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_default_none", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 10 }}", "work")])
    work = BatchJobOperator(task_id="work", **JOB)
    after = BatchJobOperator(task_id="after", **JOB)
    choice >> work >> after
