"""A result out of a fail-fast group."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("results_fail_fast"):
    with ParallelBranches("branches") as branches:
        left = BatchJobOperator(task_id="left", result="s3://results/golden", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    branches >> BatchJobOperator(task_id="last", environment={"LEFT": left.output["path"]}, **JOB)
