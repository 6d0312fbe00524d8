"""Several tasks follow at once."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_several", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="choice",
        choices=[("{{ params.frames > 10 }}", ["a", "b"]), ("{{ params.frames > 5 }}", ["b", "c"])],
        default="c",
    )
    choice >> [BatchJobOperator(task_id=name, **JOB) for name in ("a", "b", "c")]
