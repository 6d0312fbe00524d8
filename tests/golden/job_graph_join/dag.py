"""A job graph that Batch keeps in order has a task without a job, whose end others ask for behind one that may fail."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph_join", schedule=None):
    first = BatchJobOperator(task_id="first", **JOB)
    second = BatchJobOperator(task_id="second", result="s3://results", **JOB)
    with TaskGroup("crossing") as crossing:
        ready = EmptyOperator(task_id="ready")
        ready >> BatchJobOperator(task_id="left", **JOB)
        [BatchJobOperator(task_id="job", **JOB), ready] >> BatchJobOperator(task_id="right", **JOB)
    [first, second] >> crossing
    first >> BatchJobOperator(task_id="beside", **JOB)
