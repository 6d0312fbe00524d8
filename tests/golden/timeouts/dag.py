"""A limit for each try of a task and one for the run."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("timeouts", dagrun_timeout=timedelta(hours=2)):
    BatchJobOperator(task_id="limited", execution_timeout=timedelta(minutes=10), submit_job_timeout=300, **JOB)
