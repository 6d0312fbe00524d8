"""Jinja drops one newline at the end of a text, and writes the others as one letter."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

with DAG("newlines", params={"x": Param("text", type="string")}):
    BatchJobOperator(
        task_id="script",
        job_queue="low\n",
        job_definition="echo:1",
        environment={"SCRIPT": "one\r\ntwo {{ params.x }}\n\n"},
    )
