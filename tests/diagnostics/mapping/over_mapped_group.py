"""Items that a task in a mapped group gives: Airflow doesn't find them."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str):
    return BatchJobOperator(task_id="list", result="s3://bucket/results", environment={"NAME": name}, **JOB).output


@task_group
def again(command: list[str]) -> None:
    BatchJobOperator(task_id="job", command=command, **JOB)


with DAG("over_mapped_group"):
    found = each.expand(name=["a", "b"])
    BatchJobOperator.partial(task_id="mapped", **JOB).expand(command=found)
    again.expand(command=found)
