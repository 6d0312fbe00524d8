"""Arithmetic on a param whose type isn't known."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("arithmetic", params={"n": 3, "typed": Param(3, type="integer")}):
    BatchJobOperator(
        task_id="job", parameters={"wrong": "{{ params.n + 1 }}", "right": "{{ params.typed + 1 }}"}, **JOB
    )
