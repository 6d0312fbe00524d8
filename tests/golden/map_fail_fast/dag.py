"""A mapped task in a fail-fast group: the first failure stops the other items and what is beside."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_fail_fast"):
    with ParallelBranches("branches") as branches:
        BatchJobOperator.partial(task_id="each", **JOB).expand(environment=[{"NUMBER": "1"}, {"NUMBER": "2"}])
        BatchJobOperator(task_id="beside", **JOB)
    branches >> BatchJobOperator(task_id="after", **JOB)
