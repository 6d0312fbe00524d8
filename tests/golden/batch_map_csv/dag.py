"""The rows of a CSV object, by both strategies; its first row names the columns, or the DAG does."""

from airflow.sdk import DAG

from airstep.operators import BatchMapOperator, S3Csv, item

JOB = {"results": "s3://results/rows", "job_queue": "low", "job_definition": "echo:1"}
BARE = S3Csv("s3://lists/bare.csv", headers=["name", "size"], delimiter=";", max_items=10)

with DAG("batch_map_csv"):
    for name, rows in (("named", S3Csv("s3://lists/named.csv")), ("bare", BARE)):
        work = {"items": rows, "command": ["echo", item["name"] + "={x}", item["size"]], **JOB}
        BatchMapOperator(task_id=f"{name}_jobs", strategy="jobs", **work)
        BatchMapOperator(
            task_id=f"{name}_arrays", planner_job_definition="planner", items_per_child=20, max_concurrency=1000, **work
        )
