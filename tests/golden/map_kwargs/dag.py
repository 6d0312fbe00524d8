"""expand_kwargs: whatever differs becomes a field of the items."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_kwargs", fail_fast=True, params={"bucket": Param("in", type="string")}):
    BatchJobOperator.partial(task_id="encode", job_definition="echo:1").expand_kwargs(
        [
            {"job_queue": "high", "command": ["encode", "{{ params.bucket }}"], "vcpus": 2},
            {"job_queue": "low", "command": ["probe"], "vcpus": 1},
        ]
    )
