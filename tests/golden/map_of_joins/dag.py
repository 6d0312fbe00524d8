"""A mapped group that only holds edges together leaves no Map."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

with DAG("map_of_joins"):

    @task_group
    def joins(number: int) -> None:
        EmptyOperator(task_id="one") >> EmptyOperator(task_id="two", doc=str(number))

    first, last = (BatchJobOperator(task_id=name, job_queue="low", job_definition="echo:1") for name in ("a", "b"))
    first >> joins.expand(number=[1, 2]) >> last
