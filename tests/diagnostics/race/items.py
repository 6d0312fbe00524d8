"""A task of a mapped group may be skipped for one item and fail for another; without items none of it can fail."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    first, then = (BatchJobOperator(task_id=id, environment={"NAME": name}, **JOB) for id in ("first", "then"))
    first >> then >> BatchJobOperator(task_id="done", environment={"NAME": name}, trigger_rule="one_done", **JOB)


@task_group
def beside(name: str) -> None:
    BatchJobOperator(task_id="left", environment={"NAME": name}, **JOB)
    BatchJobOperator(task_id="right", environment={"NAME": name}, **JOB)


with DAG("items", params={"wanted": 1}):
    names = BatchJobOperator(task_id="names", result="s3://results/golden", **JOB)
    some = ChoiceOperator(task_id="some", choices=[("{{ params.wanted > 0 }}", "beside")])
    names >> some >> beside.expand(name=names.output) >> BatchJobOperator(task_id="after_all", **JOB)
    names >> each.expand(name=["a", "b"]) >> BatchJobOperator(task_id="after", **JOB)
