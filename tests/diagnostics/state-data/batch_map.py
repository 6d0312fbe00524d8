"""A list of items that a state machine can't hand on."""

from airflow.sdk import DAG

from airstep.operators import BatchMapOperator, item

with DAG("batch_map"):
    BatchMapOperator(
        task_id="listed",
        items=[f"s3://media/in/{number:04}.wav" for number in range(12_000)],
        strategy="jobs",
        results="s3://results",
        job_queue="low",
        job_definition="echo:1",
        command=["echo", item],
    )
