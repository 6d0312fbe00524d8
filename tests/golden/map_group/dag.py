"""A mapped task group: a chain per item of a cross product."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def rendition(height: int, codec: str) -> None:
    encode = BatchJobOperator(task_id="encode", environment={"HEIGHT": height, "CODEC": codec}, **JOB)
    check = BatchJobOperator(task_id="check", parameters={"codec": codec, "fixed": "yes"}, **JOB)
    encode >> check


with DAG("map_group"):
    rendition.expand(height=[480, 720], codec=["h264", "av1"])
