"""A mapped group with branches: each item has its own Parallel."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def rendition(height: int) -> None:
    decode = BatchJobOperator(task_id="decode", environment={"HEIGHT": height}, **JOB)
    picture = BatchJobOperator(task_id="picture", environment={"HEIGHT": height}, **JOB)
    sound = BatchJobOperator(task_id="sound", **JOB)
    decode >> [picture, sound]


with DAG("map_group_parallel"):
    rendition.expand(height=[480, 720])
