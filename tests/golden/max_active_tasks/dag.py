"""max_active_tasks: a map that runs alone keeps it by its concurrency."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("max_active_tasks", max_active_tasks=3):
    BatchJobOperator.partial(task_id="each", **JOB).expand(environment=[{"NUMBER": str(number)} for number in range(4)])
