"""Forty groups, each in the one before: names only, no state."""

from contextlib import ExitStack

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with ExitStack() as groups:
    groups.enter_context(DAG("groups_40_deep"))
    for level in range(40):
        groups.enter_context(TaskGroup(f"g{level}"))
    BatchJobOperator(task_id="first", **JOB) >> BatchJobOperator(task_id="second", **JOB)
