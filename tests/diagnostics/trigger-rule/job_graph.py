"""A task that only what has run starts, behind a job that Batch fails along with one before it; the first job may."""

from airflow.sdk import DAG

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph"):
    with BatchJobGraph("pair") as pair:
        BatchJobOperator(task_id="first", **JOB) >> BatchJobOperator(task_id="second", **JOB)
    with BatchJobGraph("lone") as lone:
        BatchJobOperator(task_id="only", **JOB)
    pair >> BatchJobOperator(task_id="refused", trigger_rule="one_done", **JOB)
    lone >> BatchJobOperator(task_id="fine", trigger_rule="one_done", **JOB)
