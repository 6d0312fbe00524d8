"""A fail-fast group between a setup and its teardown: a task within it asks for the setup, and for those before it."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_in_setup"):
    setup = BatchJobOperator(task_id="setup", **JOB).as_setup()
    before = BatchJobOperator(task_id="before", **JOB)
    with ParallelBranches("branches") as branches:
        BatchJobOperator(task_id="one", **JOB)
        BatchJobOperator(task_id="first", **JOB) >> BatchJobOperator(task_id="second", **JOB)
    after = BatchJobOperator(task_id="after", **JOB)
    setup >> before >> branches >> after
    after >> BatchJobOperator(task_id="teardown", **JOB).as_teardown(setups=setup)
