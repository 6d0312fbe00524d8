"""Fail-fast groups in one another, and a group that isn't in one that is."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_nested"), ParallelBranches("outer"):
    BatchJobOperator(task_id="beside", **JOB)
    with ParallelBranches("inner"):
        BatchJobOperator(task_id="a", **JOB)
        BatchJobOperator(task_id="b", **JOB)
    with TaskGroup("plain"):
        BatchJobOperator(task_id="c", **JOB)
        BatchJobOperator(task_id="d", **JOB)
