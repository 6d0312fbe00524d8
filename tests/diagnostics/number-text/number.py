"""A number as text may look different."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("number", params={"crf": Param(23.5, type="number")}):
    BatchJobOperator(task_id="job", parameters={"crf": "{{ params.crf }}"}, **JOB)
