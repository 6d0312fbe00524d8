"""Items that are only known in the run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("runtime"):
    job = BatchJobOperator(task_id="job", **JOB)
    BatchJobOperator.partial(task_id="each", **JOB).expand(job_name=job.output)
