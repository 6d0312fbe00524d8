"""A task behind one that may be skipped and one that may fail: Airflow goes by which it sees first."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("skipped_or_failed", params={"frames": Param(1, type="integer")}):
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.frames > 1 }}", "many")])
    many, other, joined = (BatchJobOperator(task_id=name, **JOB) for name in ("many", "other", "joined"))
    choice >> many
    [many, other] >> joined
