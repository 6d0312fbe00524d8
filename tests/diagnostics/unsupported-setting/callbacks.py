"""Python that Airflow calls around a task or a run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("callbacks", on_failure_callback=[print]):
    BatchJobOperator(
        task_id="job",
        on_execute_callback=print,
        on_failure_callback=print,
        on_success_callback=print,
        on_retry_callback=print,
        on_skipped_callback=print,
        pre_execute=print,
        post_execute=print,
        **JOB,
    )
