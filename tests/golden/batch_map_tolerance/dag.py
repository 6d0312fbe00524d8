"""Maps in which some items may fail; nothing follows the second, and the third has every field of a job."""

from airflow.sdk import DAG

from airstep.operators import RETRY_LOST_HOSTS, BatchJobOperator, BatchMapOperator, S3Objects, item

WHERE = {"job_queue": "low", "job_definition": "echo:1"}
JOB = {"items": S3Objects("media", "in/"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}
EVERY_FIELD = {
    "job_name": "every",
    "environment": {"KEY": item["Key"], "SIZE": item["Size"], "DATE": "{{ ds }}"},
    "vcpus": 2,
    "memory": 4096,
    "gpus": 1,
    "retry_strategy": RETRY_LOST_HOSTS,
    "submit_job_timeout": 600,
    "share_identifier": "media",
    "scheduling_priority_override": 5,
    "propagate_tags": True,
    "tags": {"dag": "{{ dag.dag_id }}"},
    "deferrable": True,
    "poll_interval": 5,
}

with DAG("batch_map_tolerance"):
    by_jobs = BatchMapOperator(
        task_id="by_jobs", strategy="jobs", tolerated_failure_percentage=25.0, tolerated_failure_count=10, **JOB
    )
    by_jobs >> BatchJobOperator(task_id="after", **WHERE)
    by_arrays = BatchMapOperator(
        task_id="by_arrays", planner_job_definition="planner", tolerated_failure_percentage=12.5, **JOB
    )
    for strategy in ("jobs", "array"):
        BatchMapOperator(
            task_id=f"every_{strategy}",
            strategy=strategy,
            planner_job_definition="planner",
            tolerated_failure_count=3,
            **EVERY_FIELD,
            **JOB,
        )
