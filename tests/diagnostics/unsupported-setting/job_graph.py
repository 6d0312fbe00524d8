"""Retries and time limits of a job graph's tasks: those of a last job, and of a job on its own, can be kept."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
HOUR = {"execution_timeout": timedelta(hours=1)}

with DAG("job_graph", default_args={"retries": 2}), BatchJobGraph("graph"):
    first = BatchJobOperator(task_id="first", **JOB)
    middle = BatchJobOperator(task_id="middle", **HOUR, **JOB)
    first >> middle >> BatchJobOperator(task_id="limited", **HOUR, **JOB)
    plain = BatchJobOperator(task_id="plain", retries=0, retry_strategy={"attempts": 3}, **JOB)
    plain >> BatchJobOperator(task_id="last", **JOB)
    BatchJobOperator(task_id="alone", **HOUR, **JOB)
