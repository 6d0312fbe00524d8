"""A task behind one that the first of two jobs to end may skip, and one that the failure of either blocks."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("early_skip"):
    left, right = (BatchJobOperator(task_id=name, **JOB) for name in ("left", "right"))
    both = BatchJobOperator(task_id="both", **JOB)
    neither = BatchJobOperator(task_id="neither", trigger_rule="all_skipped", **JOB)
    last = BatchJobOperator(task_id="last", **JOB)
    left >> [both, neither]
    right >> [both, neither]
    [both, neither] >> last
