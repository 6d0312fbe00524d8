"""More items than an execution's history holds."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

with DAG("items"):
    BatchJobOperator.partial(task_id="each", job_queue="low", job_definition="echo:1").expand(
        gpus=[1 + number % 2 for number in range(3000)]
    )
