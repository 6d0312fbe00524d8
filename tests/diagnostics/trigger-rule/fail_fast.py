"""Rules that ask how the others ended, in and behind a group that the first failure ends."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ParallelBranches

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("fail_fast"):
    with ParallelBranches("group") as group:
        left, right = (BatchJobOperator(task_id=name, **JOB) for name in ("left", "right"))
        clean = BatchJobOperator(task_id="clean", trigger_rule="all_done", **JOB)
        [left, right] >> clean
    group >> BatchJobOperator(task_id="mourn", trigger_rule="all_failed", **JOB)
