"""What a task without a job comes to is asked for outside of its mapped group: for some item, not for all at once."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    task = BatchJobOperator(task_id="task", environment={"NAME": name}, **JOB)
    task >> EmptyOperator(task_id="some_failed", trigger_rule="one_failed")
    task >> EmptyOperator(task_id="done")


with DAG("map_of_joins_asked"):
    group = each.expand(name=["a", "b"])
    group >> BatchJobOperator(task_id="after_all", trigger_rule="none_skipped", **JOB)
    group >> BatchJobOperator(task_id="after_one", trigger_rule="one_success", **JOB)
