"""What default_args say for all tasks, and a task of its own."""

from datetime import timedelta

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

with DAG(
    "default_args",
    default_args={
        "job_queue": "low",
        "job_definition": "echo:1",
        "retries": 1,
        "execution_timeout": timedelta(hours=1),
    },
):
    with TaskGroup("gpu", default_args={"job_queue": "gpu", "gpus": 1}):
        inner = BatchJobOperator(task_id="train")
    BatchJobOperator(task_id="prepare", retries=0) >> inner
