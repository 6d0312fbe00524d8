"""Two chains that know nothing of each other."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("two_pipelines"):
    for clip in ("intro", "film"):
        first, last = (BatchJobOperator(task_id=f"{step}_{clip}", **JOB) for step in ("decode", "encode"))
        first >> last
