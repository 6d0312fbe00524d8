"""always: the last job waits for nothing, whatever is upstream."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_always"):
    first = BatchJobOperator(task_id="first", **JOB)
    last = BatchJobOperator(task_id="last", trigger_rule="always", **JOB)
    first >> last
