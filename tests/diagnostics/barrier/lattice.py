"""Stages of jobs of which each waits for its own part and the next one's: many barriers, and one message."""

from itertools import pairwise

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1", "retries": 1}

with DAG("lattice"):
    stages = [[BatchJobOperator(task_id=f"s{stage}_{part}", **JOB) for part in range(4)] for stage in range(8)]
    for above, below in pairwise(stages):
        for part in range(4):
            above[part] >> [below[part], below[(part + 1) % 4]]
