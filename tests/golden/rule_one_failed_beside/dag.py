"""one_failed beside what goes on: a failure starts the alarm, success the next job."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_one_failed_beside"):
    work = BatchJobOperator(task_id="work", **JOB)
    alarm = BatchJobOperator(task_id="alarm", trigger_rule="one_failed", **JOB)
    next_job = BatchJobOperator(task_id="next_job", **JOB)
    work >> [alarm, next_job]
