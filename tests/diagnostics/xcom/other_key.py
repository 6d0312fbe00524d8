"""A result that isn't the job id."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("other_key"):
    job = BatchJobOperator(task_id="job", **JOB)
    BatchJobOperator(task_id="after", parameters={"status": job.output["status"]}, **JOB)
