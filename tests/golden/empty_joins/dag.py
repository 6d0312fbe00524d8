"""EmptyOperators hold edges together and leave no state."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("empty_joins"):
    start = EmptyOperator(task_id="start")
    join = EmptyOperator(task_id="join")
    end = EmptyOperator(task_id="end")
    first = [BatchJobOperator(task_id=f"first_{number}", **JOB) for number in range(2)]
    second = [BatchJobOperator(task_id=f"second_{number}", **JOB) for number in range(2)]
    start >> first >> join >> second >> end
