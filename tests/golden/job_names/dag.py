"""Job names given, made of a template, and made of ids that Batch wouldn't take."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_names", params={"clip": Param("intro", type="string")}):
    BatchJobOperator(task_id="given", job_name="my-job_1", **JOB)
    BatchJobOperator(task_id="template", job_name="encode-{{ params.clip }}", **JOB)
    BatchJobOperator(task_id="with.dots-é", **JOB)
