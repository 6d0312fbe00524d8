"""Settings of a task that mean something else in a state machine."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("task"):
    BatchJobOperator(
        task_id="job",
        depends_on_past=True,
        on_failure_callback=print,
        region_name="eu-west-1",
        params={"own": 1},
        **JOB,
    )
