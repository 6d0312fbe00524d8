"""all_skipped: the last job runs when the choice has skipped both before it."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_all_skipped", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="choice", choices=[("{{ params.frames > 10 }}", ["left", "right"]), ("{{ params.frames > 5 }}", "left")]
    )
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="all_skipped", **JOB)
    choice >> [left, right] >> last
