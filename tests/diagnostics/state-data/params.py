"""Defaults of params that are larger than the state data may be."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "params",
    params={"text": Param("x" * 300_000, type="string")},
):
    BatchJobOperator(task_id="job", environment={"TEXT": "{{ params.text }}"}, **JOB)
