"""A teardown whose failure would end the others of its group."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("teardown"), ParallelBranches("group"):
    BatchJobOperator(task_id="work", **JOB)
    BatchJobOperator(task_id="clean", **JOB).as_teardown()
