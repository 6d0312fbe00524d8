"""A teardown behind a group that may be stopped with the setup in it."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_setup"):
    with ParallelBranches("group") as group:
        setup = BatchJobOperator(task_id="setup", **JOB).as_setup()
        BatchJobOperator(task_id="work", **JOB)
    group >> BatchJobOperator(task_id="teardown", **JOB).as_teardown()
