"""Settings of a DAG that mean something else in a state machine."""

from airflow.sdk import DAG
from jinja2 import Undefined

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG(
    "dag",
    on_success_callback=print,
    render_template_as_native_obj=True,
    template_undefined=Undefined,
    user_defined_filters={"upper": str.title, "mine": str.lower},
):
    BatchJobOperator(task_id="job", **JOB)
