"""An edge to one of several jobs that are submitted ahead, and a task, that came when their group was complete."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("submit_ahead"):
    before = BatchJobOperator(task_id="before", **JOB)
    with ParallelBranches("ahead", fail_fast=False, submit_ahead=True) as ahead:
        left, right = (BatchJobOperator(task_id=name, **JOB) for name in ("left", "right"))
    before >> left
    BatchJobOperator(task_id="more", task_group=ahead, **JOB)
