"""Lost hosts are retried by AWS Batch, for all jobs of a DAG, beside the retries of a task."""

from airflow.sdk import DAG

from airstep.operators import RETRY_LOST_HOSTS, BatchJobOperator

JOB = {"job_queue": "spot", "job_definition": "render"}

with DAG("lost_hosts", schedule=None, default_args={"retry_strategy": RETRY_LOST_HOSTS}):
    render = BatchJobOperator(task_id="render", retries=2, **JOB)
    render >> BatchJobOperator(task_id="own", **{**JOB, "retry_strategy": {"attempts": 1}})
