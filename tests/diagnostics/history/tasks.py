"""A map that may be distributed, beside more tasks than a history holds."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("tasks"):
    BatchJobOperator.partial(task_id="each", **JOB).expand(gpus=[1 + number % 2 for number in range(1000)])
    for number in range(4200):
        BatchJobOperator(task_id=f"job_{number}", **JOB)
