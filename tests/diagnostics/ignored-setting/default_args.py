"""Settings that the DAG gives all of its tasks, told once, and a task's own."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("default_args", default_args={"email": ["a@example.org"], "pool": "small", "aws_conn_id": "other"}):
    first, third = (BatchJobOperator(task_id=name, **JOB) for name in ("first", "third"))
    first >> BatchJobOperator(task_id="second", pool="large", **JOB) >> third
