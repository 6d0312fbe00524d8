"""Jobs that nobody waits for, in a row and beside; one waits in Batch for another."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("submit_only"):
    first = BatchJobOperator(task_id="first", wait_for_completion=False, **JOB)
    second = BatchJobOperator(task_id="second", wait_for_completion=False, depends_on=[first.output], **JOB)
    BatchJobOperator(task_id="beside", wait_for_completion=False, **JOB)
    BatchJobOperator(task_id="third", depends_on=[{"jobId": second.output}], **JOB)
