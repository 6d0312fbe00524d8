"""A fail-fast group and a plain one within a mapped group."""

from airflow.sdk import DAG, TaskGroup, task_group

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(number: int) -> None:
    job = {"environment": {"NUMBER": number}, **JOB}
    with ParallelBranches("fast") as fast:
        BatchJobOperator(task_id="left", **job)
        BatchJobOperator(task_id="right", **job)
    with TaskGroup("slow") as slow:
        BatchJobOperator(task_id="up", **job)
        BatchJobOperator(task_id="down", **job)
    fast >> slow


with DAG("map_group_inner"):
    each.expand(number=[1, 2])
