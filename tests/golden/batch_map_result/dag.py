"""Items that a task gives, by both strategies, and a task that reads where the maps wrote what became of them."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, BatchMapOperator, item

WHERE = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("batch_map_result"):
    lister = BatchJobOperator(task_id="lister", result="s3://results", **WHERE)
    job = {"items": lister.output, "results": "s3://results", "command": ["echo", item["name"]], **WHERE}
    jobs = BatchMapOperator(task_id="jobs", strategy="jobs", **job)
    arrays = BatchMapOperator(
        task_id="arrays", planner_job_definition="planner", **{**job, "items": lister.output["files"]}
    )
    BatchJobOperator(
        task_id="report",
        environment={
            "JOBS": jobs.output["manifest"],
            "ARRAYS": arrays.output["manifest"],
            "FAILED": "{{ ti.xcom_pull(task_ids='arrays')['failed'] }} failed",
        },
        **WHERE,
    )
