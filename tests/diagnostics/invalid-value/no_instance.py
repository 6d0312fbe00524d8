"""Limits that let no instance of a task run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("no_instance"):
    BatchJobOperator(task_id="none", max_active_tis_per_dagrun=0, **JOB)
    BatchJobOperator.partial(task_id="each", max_active_tis_per_dagrun=-1, **JOB).expand(command=[["a"], ["b"]])
