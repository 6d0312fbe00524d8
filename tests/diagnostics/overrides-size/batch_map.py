"""A list of items that doesn't fit the command of the job that plans the array jobs."""

from airflow.sdk import DAG

from airstep.operators import BatchMapOperator, item

with DAG("batch_map"):
    BatchMapOperator(
        task_id="listed",
        items=[f"s3://media/in/{number:04}.wav" for number in range(400)],
        results="s3://results",
        job_queue="low",
        job_definition="echo:1",
        planner_job_definition="planner",
        command=["echo", item],
    )
