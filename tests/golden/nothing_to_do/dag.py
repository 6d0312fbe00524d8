"""A DAG whose only task does nothing."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("nothing_to_do"):
    EmptyOperator(task_id="start")
