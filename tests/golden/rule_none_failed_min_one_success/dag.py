"""none_failed_min_one_success: as none_failed, but not when all are skipped."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_none_failed_min_one_success", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="choice",
        choices=[("{{ params.frames > 10 }}", ["left", "right"]), ("{{ params.frames > 5 }}", "right")],
    )
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="none_failed_min_one_success", **JOB)
    choice >> [left, right] >> last
