"""ParallelBranches: the first failure stops the rest, and nothing is caught."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_group"):
    before = BatchJobOperator(task_id="before", **JOB)
    with ParallelBranches("branches") as branches:
        BatchJobOperator(task_id="left", **JOB)
        BatchJobOperator(task_id="right", **JOB)
    after = BatchJobOperator(task_id="after", **JOB)
    before >> branches >> after
