"""Maps in a group that stops at the first failure, in a plain one, and beside other tasks."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator, BatchMapOperator, ParallelBranches, S3Objects, item

WHERE = {"job_queue": "low", "job_definition": "echo:1"}
JOB = {"items": S3Objects("media", "in/"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}

with DAG("batch_map_in_groups"):
    with ParallelBranches("fast", fail_fast=True) as fast:
        BatchMapOperator(task_id="jobs", strategy="jobs", **JOB)
        BatchMapOperator(task_id="arrays", planner_job_definition="planner", **JOB)
        BatchJobOperator(task_id="beside", **WHERE)
    with TaskGroup("slow") as slow:
        jobs = BatchMapOperator(task_id="jobs", strategy="jobs", **JOB)
        arrays = BatchMapOperator(task_id="arrays", planner_job_definition="planner", **JOB)
        BatchJobOperator(task_id="beside", **WHERE)
    read = {"JOBS": jobs.output["manifest"], "ARRAYS": arrays.output["manifest"]}
    fast >> slow >> BatchJobOperator(task_id="last", environment=read, **WHERE)
