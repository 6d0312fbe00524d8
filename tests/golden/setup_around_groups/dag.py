"""A setup and its teardown around two groups, and a job behind them that needs only the second group."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("setup_around_groups"):
    start = BatchJobOperator(task_id="start", **JOB).as_setup()
    stop = BatchJobOperator(task_id="stop", **JOB).as_teardown(setups=start)
    with TaskGroup("one") as one:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    with TaskGroup("two") as two:
        BatchJobOperator(task_id="work", **JOB)
    after = BatchJobOperator(task_id="after", **JOB)
    start >> one >> two >> stop
    two >> after
