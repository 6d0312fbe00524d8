"""A rule under which Airflow starts a task before all tasks upstream have ended."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("early_rule"):
    one, two = (BatchJobOperator(task_id=name, **JOB) for name in ("one", "two"))
    first = BatchJobOperator(task_id="first", trigger_rule="one_success", **JOB)
    [one, two] >> first
