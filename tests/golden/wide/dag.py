"""Thirty jobs side by side: one Parallel, whose name stays short."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("wide"):
    for number in range(30):
        BatchJobOperator(task_id=f"part_{number:02}", **JOB)
