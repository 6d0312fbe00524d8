"""The lines of a JSON Lines object, by both strategies."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchMapOperator, S3JsonLines, item

JOB = {
    "items": S3JsonLines("s3://lists/{{ params.day }}.jsonl", max_items=500),
    "results": "s3://results/lines",
    "job_queue": "low",
    "job_definition": "echo:1",
    "command": ["echo", item["size"]["width"], "name: " + item["name"]],
    "environment": {"ITEM": item, "DAY": "{{ params.day }}", "FIXED": "{brace}"},
}

with DAG("batch_map_lines", params={"day": Param("2026-03-09", type="string")}):
    BatchMapOperator(task_id="jobs", strategy="jobs", **JOB)
    BatchMapOperator(task_id="arrays", planner_job_definition="planner", planner_job_queue="planning", **JOB)
