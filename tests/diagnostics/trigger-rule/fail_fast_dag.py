"""A setup and its teardown in a DAG that the first failure ends: the teardown would end with it."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_dag", fail_fast=True):
    start, work, stop = (BatchJobOperator(task_id=name, **JOB) for name in ("start", "work", "stop"))
    start >> work >> stop.as_teardown(setups=start)
