"""Settings of a map that no machine has."""

from datetime import timedelta

from airflow.sdk import DAG

from airstep.operators import BatchMapOperator, S3Objects, item

JOB = {
    "items": S3Objects("media"),
    "results": "s3://results",
    "job_queue": "low",
    "job_definition": "echo:1",
    "command": ["echo", item["Key"]],
}

with DAG("batch_map"):
    BatchMapOperator(task_id="limited", strategy="jobs", execution_timeout=timedelta(hours=1), **JOB)
    BatchMapOperator(task_id="half", strategy="jobs", tolerated_failure_percentage=0.5, **JOB)
    BatchMapOperator(task_id="again", planner_job_definition="planner", retries=2, **JOB)
    BatchMapOperator(task_id="elsewhere", strategy="jobs", region_name="eu-west-1", **JOB)
