"""A setup and its teardown, which runs once the setup has succeeded (all_done_setup_success)."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("setup_teardown"):
    start = BatchJobOperator(task_id="start", **JOB).as_setup()
    work = BatchJobOperator(task_id="work", **JOB)
    stop = BatchJobOperator(task_id="stop", **JOB).as_teardown(setups=start)
    start >> work >> stop
