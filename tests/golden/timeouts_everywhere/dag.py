"""Time limits of a day, of an attempt in Batch and of the run."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("timeouts_everywhere", dagrun_timeout=timedelta(days=2, seconds=1)):
    day = BatchJobOperator(task_id="day", execution_timeout=timedelta(days=1), **JOB)
    attempt = BatchJobOperator(task_id="attempt", submit_job_timeout=60, execution_timeout=timedelta(minutes=2), **JOB)
    day >> attempt
