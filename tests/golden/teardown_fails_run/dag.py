"""on_failure_fail_dagrun: here the failure of a teardown is one of the run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("teardown_fails_run"):
    start = BatchJobOperator(task_id="start", **JOB).as_setup()
    work = BatchJobOperator(task_id="work", **JOB)
    stop = BatchJobOperator(task_id="stop", **JOB).as_teardown(setups=start, on_failure_fail_dagrun=True)
    start >> work >> stop
