"""one_done: the last job runs once one before it has succeeded or failed, and not when all are skipped."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_one_done", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="choice",
        choices=[("{{ params.frames > 10 }}", ["left", "right"]), ("{{ params.frames > 5 }}", "right")],
    )
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="one_done", **JOB)
    choice >> [left, right] >> last
