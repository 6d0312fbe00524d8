"""A job id used outside the branch it is known in."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("out_of_branch"):
    left = BatchJobOperator(task_id="left", **JOB)
    right = BatchJobOperator(task_id="right", **JOB)
    BatchJobOperator(task_id="after", depends_on=[left.output, right.output], **JOB)
