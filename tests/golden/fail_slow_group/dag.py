"""ParallelBranches(fail_fast=False) is a group like any other."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_slow_group"):
    with ParallelBranches("branches", fail_fast=False) as branches:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    branches >> BatchJobOperator(task_id="after", **JOB)
