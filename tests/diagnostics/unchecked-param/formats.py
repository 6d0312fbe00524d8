"""A rule that no machine checks."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("formats", params={"day": Param("2026-01-01", type="string", format="date")}):
    BatchJobOperator(task_id="job", parameters={"day": "{{ params.day }}"}, **JOB)
