"""Edges between groups and tasks: a group's roots wait, its leaves are waited for."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("group_edges"):
    before = BatchJobOperator(task_id="before", **JOB)
    with TaskGroup("first") as first:
        BatchJobOperator(task_id="a", **JOB)
        BatchJobOperator(task_id="b", **JOB)
    with TaskGroup("second", tooltip="What follows.") as second:
        BatchJobOperator(task_id="c", **JOB) >> BatchJobOperator(task_id="d", **JOB)
        BatchJobOperator(task_id="e", **JOB)
    before >> first >> second
