"""A job graph with groups in it, within a group, beside a job."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph_groups"):
    with TaskGroup("outer") as outer:
        beside = BatchJobOperator(task_id="beside", **JOB)
        with BatchJobGraph("graph") as graph:
            split = BatchJobOperator(task_id="split", **JOB)
            with TaskGroup("parts") as parts:
                BatchJobOperator(task_id="left", **JOB)
                BatchJobOperator(task_id="right", **JOB)
            split >> parts >> BatchJobOperator(task_id="merge", **JOB)
    BatchJobOperator(task_id="before", **JOB) >> outer >> BatchJobOperator(task_id="after", **JOB)
