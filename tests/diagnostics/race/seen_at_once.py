"""A task is skipped when another ends, and a job that may fail starts then: `airflow dags test` sees both at once."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("seen_at_once"):
    before, job, last = (BatchJobOperator(task_id=name, **JOB) for name in ("before", "job", "last"))
    unless = BatchJobOperator(task_id="unless", trigger_rule="all_failed", **JOB)
    before >> [job, unless] >> last
