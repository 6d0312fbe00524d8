"""DAG(fail_fast=True): plain parallel everywhere, with the nesting of the groups."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_dag", fail_fast=True):
    BatchJobOperator(task_id="beside", **JOB)
    with TaskGroup("group"):
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
