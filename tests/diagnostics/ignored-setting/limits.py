"""Settings whose loss leaves the jobs and their order as they are: warnings."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("limits", schedule="@daily", max_active_tasks=3, max_active_runs=1):
    BatchJobOperator(task_id="job", pool="small", email="a@example.org", aws_conn_id="other", **JOB)
