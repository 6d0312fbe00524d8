"""A fail-fast group beside a task that must finish whatever happens in the group."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_inside"):
    BatchJobOperator(task_id="beside", **JOB)
    with ParallelBranches("branches"):
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
