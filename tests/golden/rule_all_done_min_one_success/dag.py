"""all_done_min_one_success: the last job runs once all have ended and one of them well."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_all_done_min_one_success"):
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="all_done_min_one_success", **JOB)
    [left, right] >> last
