"""Two tasks that people call the same, in parallel and in a row."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("same_display_names"):
    both = [BatchJobOperator(task_id=name, task_display_name="Encode", **JOB) for name in ("left", "right")]
    both >> BatchJobOperator(task_id="last", task_display_name="Encode", **JOB)
