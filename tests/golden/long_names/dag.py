"""State names are at most 80 characters and unique."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("long_names"):
    first = BatchJobOperator(task_id="a" * 100, job_name="first", **JOB)
    second = BatchJobOperator(task_id="a" * 99 + "b", job_name="second", **JOB)
    with TaskGroup("one"):
        third = BatchJobOperator(task_id="same", **JOB)
    with TaskGroup("two"):
        fourth = BatchJobOperator(task_id="same", **JOB)
    first >> second >> third >> fourth
