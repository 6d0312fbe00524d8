"""Settings of a DAG that mean something else in a state machine."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("dag", on_success_callback=print, render_template_as_native_obj=True):
    BatchJobOperator(task_id="job", **JOB)
