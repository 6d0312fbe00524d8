"""A fail-fast group whose branches are chains with retries, with a time limit."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast_chain"), ParallelBranches("renditions"):
    for size in ("1080p", "480p"):
        first, last = (BatchJobOperator(task_id=f"{step}_{size}", retries=1, **JOB) for step in ("encode", "check"))
        first >> last
