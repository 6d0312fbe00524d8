"""max_active_tasks with items of tasks side by side: a Map can only hold back whole items."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def wide(item: str) -> None:
    one, two, three = (BatchJobOperator(task_id=name, command=[item], **JOB) for name in ("one", "two", "three"))
    one >> [two, three]


@task_group
def narrow(item: str) -> None:
    BatchJobOperator(task_id="one", command=[item], **JOB) >> BatchJobOperator(task_id="two", **JOB)


with DAG("limited_dag", max_active_tasks=3):
    wide.expand(item=["1", "2", "3"]) >> narrow.expand(item=["1", "2", "3", "4"])
