"""A DAG without tasks."""

from airflow.sdk import DAG

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("empty"):
    pass
