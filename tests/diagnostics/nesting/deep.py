"""Parallel within parallel within parallel, too often."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("deep"):
    spine = BatchJobOperator(task_id="spine_0", **JOB)
    for number in range(1, 80):
        rib = BatchJobOperator(task_id=f"rib_{number}", **JOB)
        below = BatchJobOperator(task_id=f"spine_{number}", **JOB)
        spine >> [rib, below]
        spine = below
