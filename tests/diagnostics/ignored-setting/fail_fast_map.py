"""A fail-fast DAG stops a map's other items too, which Airflow doesn't."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_map", fail_fast=True):
    BatchJobOperator.partial(task_id="each", **JOB).expand(parameters=[{"a": "1"}, {"a": "2"}])
