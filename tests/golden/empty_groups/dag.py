"""Groups without a task, or without one that does something, between tasks."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("empty_groups"):
    first = BatchJobOperator(task_id="first", **JOB)
    with TaskGroup("joins") as joins:
        EmptyOperator(task_id="one") >> EmptyOperator(task_id="two")
        TaskGroup("nothing")
    second = BatchJobOperator(task_id="second", **JOB)
    first >> joins >> second
