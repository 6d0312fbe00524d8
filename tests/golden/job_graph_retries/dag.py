"""BatchJobGraph: retries of its last job, Batch's own of the one before, and a time limit of one on its own."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph_retries"), BatchJobGraph("graph"):
    split = BatchJobOperator(task_id="split", retry_strategy={"attempts": 3}, submit_job_timeout=600, **JOB)
    split >> BatchJobOperator(task_id="merge", retries=2, **JOB)
    BatchJobOperator(task_id="alone", execution_timeout=timedelta(hours=1), **JOB)
