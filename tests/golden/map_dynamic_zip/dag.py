"""Pairs of what two jobs write."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_dynamic_zip"):
    left = BatchJobOperator(task_id="left", result="s3://results/golden", **JOB)
    right = BatchJobOperator(task_id="right", result="s3://results/golden", **JOB)
    BatchJobOperator.partial(task_id="each", **JOB).expand(command=left.output.zip(right.output))
