"""Branches whose jobs Airflow submits at the group's start, in groups of each kind: the machine is as without that."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobGraph, BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("submit_ahead"):
    before = BatchJobOperator(task_id="before", **JOB)
    with ParallelBranches("outer", submit_ahead=True) as outer:
        BatchJobOperator(task_id="beside", retries=2, environment={"BEFORE": before.output}, **JOB)
        with ParallelBranches("inner", submit_ahead=True):
            for size in ("s", "m"):
                BatchJobOperator(task_id=f"{size}1", **JOB) >> BatchJobOperator(task_id=f"{size}2", **JOB)
        with TaskGroup("plain"):
            BatchJobOperator(task_id="a", **JOB)
            BatchJobOperator(task_id="b", result="s3://bucket/results", **JOB)
        with BatchJobGraph("graph"):
            BatchJobOperator(task_id="first", **JOB) >> BatchJobOperator(task_id="last", **JOB)
    before >> outer >> BatchJobOperator(task_id="after", **JOB)
