"""none_failed: the last job runs unless one before it has failed; skipped is fine."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_none_failed", params={"frames": Param(100, type="integer")}):
    choice = ChoiceOperator(
        task_id="choice", choices=[("{{ params.frames > 10 }}", "right")], default=["left", "right"]
    )
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="none_failed", **JOB)
    choice >> [left, right] >> last
