"""One, two side by side, one."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("diamond"):
    top = BatchJobOperator(task_id="top", **JOB)
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    bottom = BatchJobOperator(task_id="bottom", **JOB)
    top >> [left, right] >> bottom
