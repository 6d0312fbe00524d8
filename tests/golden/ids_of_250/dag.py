"""Ids as long as Airflow lets them be, alike in all but their end."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("ids_of_250"):
    left, right, last = (BatchJobOperator(task_id="t" * 249 + end, job_name=end, **JOB) for end in "abc")
    [left, right] >> last
