"""A job for each item of a list that another job writes; without items it is skipped."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_dynamic"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    each = BatchJobOperator.partial(task_id="each", **JOB).expand(parameters=probe.output)
    each >> BatchJobOperator(task_id="last", **JOB)
