"""A map by array jobs of which nobody says who plans it in a machine; a mapping that a task gives."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, BatchMapOperator, S3Objects, item

WHERE = {"job_queue": "low", "job_definition": "echo:1"}
JOB = {"items": S3Objects("media"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}

with DAG("batch_map"):
    BatchMapOperator(task_id="planned_by_nobody", **JOB)
    asked = BatchJobOperator(task_id="asked", result="s3://results", **WHERE)
    BatchMapOperator(task_id="given", strategy="jobs", environment=asked.output, **JOB)
