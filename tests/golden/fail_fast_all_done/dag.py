"""all_done behind a fail-fast group: it runs once the first failure has stopped the rest."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_all_done"):
    with ParallelBranches("branches") as branches:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="all_done", **JOB)
    branches >> last
