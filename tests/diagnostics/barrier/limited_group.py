"""A limit of one task of a mapped group: a Map can only hold back whole items."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def several(item: str) -> None:
    first = BatchJobOperator(task_id="first", command=[item], max_active_tis_per_dagrun=1, **JOB)
    first >> BatchJobOperator(task_id="second", **JOB)


@task_group
def single(item: str) -> None:
    only = BatchJobOperator(task_id="only", command=[item], max_active_tis_per_dagrun=1, **JOB)
    EmptyOperator(task_id="start") >> only


@task_group
def limited_join(item: str) -> None:
    start = EmptyOperator(task_id="start", max_active_tis_per_dagrun=1)
    start >> [BatchJobOperator(task_id=name, command=[item], **JOB) for name in ("one", "two")]


with DAG("limited_group"):
    several.override(group_id="more_items")(item="0")
    several.override(group_id="limited").expand(item=["1", "2"])
    several.override(group_id="as_many_as_items").expand(item=["1"])
    single.expand(item=["1", "2"])
    limited_join.expand(item=["1", "2"])
