"""all_done at the end hides a failure: the run succeeds, as in Airflow."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("rule_all_done_last"):
    work = BatchJobOperator(task_id="work", **JOB)
    clean_up = BatchJobOperator(task_id="clean_up", trigger_rule="all_done", **JOB)
    work >> clean_up
