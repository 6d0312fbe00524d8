"""All combinations of a list that a job writes and one that the DAG names."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str, height: int) -> None:
    BatchJobOperator(task_id="encode", environment={"NAME": name, "HEIGHT": height}, **JOB)


with DAG("map_dynamic_product"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    each.expand(name=probe.output, height=[480, 720])
