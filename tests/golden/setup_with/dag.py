"""`with setup >> teardown`: the tasks inside run between them."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("setup_with"):
    start = BatchJobOperator(task_id="start", **JOB).as_setup()
    stop = BatchJobOperator(task_id="stop", **JOB).as_teardown()
    with start >> stop:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
