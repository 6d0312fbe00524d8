"""An edge into the middle of a fail-fast group."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("middle"):
    before = BatchJobOperator(task_id="before", **JOB)
    with ParallelBranches("group"):
        left = BatchJobOperator(task_id="left", **JOB)
        right = BatchJobOperator(task_id="right", **JOB)
    before >> left
