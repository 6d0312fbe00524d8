"""Tasks that choose, stop or work in Python: each refusal says what to use instead."""

from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG, task

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("branching"):

    @task.branch
    def choose() -> str:
        """Choose in Python."""
        return "job"

    @task
    def crunch() -> None:
        """Work in Python."""

    @task.short_circuit
    def stop() -> bool:
        """Stop in Python."""
        return False

    job = BatchJobOperator(task_id="job", trigger_rule="none_failed", **JOB)
    [choose(), crunch(), stop()] >> job
    BranchPythonOperator(task_id="branch", python_callable=lambda: "job") >> job
    ShortCircuitOperator(task_id="circuit", python_callable=bool) >> job
    PythonOperator(task_id="plain", python_callable=print) >> job
