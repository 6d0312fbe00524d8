"""Maps behind trigger rules and a choice, and tasks with rules behind maps."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, BatchMapOperator, ChoiceOperator, S3Objects, item

WHERE = {"job_queue": "low", "job_definition": "echo:1"}
JOB = {"items": S3Objects("media", "in/"), "results": "s3://results", "command": ["echo", item["Key"]], **WHERE}

with DAG("batch_map_rules", params={"deep": Param(True, type="boolean")}):
    first = BatchJobOperator(task_id="first", **WHERE)
    jobs = BatchMapOperator(task_id="jobs", strategy="jobs", trigger_rule="all_done", **JOB)
    arrays = BatchMapOperator(task_id="arrays", planner_job_definition="planner", trigger_rule="one_failed", **JOB)
    cleanup = BatchJobOperator(task_id="cleanup", trigger_rule="all_done", **WHERE)
    first >> [jobs, arrays] >> cleanup
    choice = ChoiceOperator(task_id="choice", choices=[("{{ params.deep }}", "deep")], default="shallow")
    choice >> [
        BatchMapOperator(task_id="deep", planner_job_definition="planner", **JOB),
        BatchJobOperator(task_id="shallow", **WHERE),
    ]
