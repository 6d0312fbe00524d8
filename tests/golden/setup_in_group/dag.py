"""A group with a setup and a teardown of its own: what follows the group waits for its work alone."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("setup_in_group"):
    with TaskGroup("group") as group:
        start = BatchJobOperator(task_id="start", **JOB).as_setup()
        work = BatchJobOperator(task_id="work", **JOB)
        stop = BatchJobOperator(task_id="stop", **JOB).as_teardown(setups=start)
        start >> work >> stop
    group >> BatchJobOperator(task_id="after", **JOB)
