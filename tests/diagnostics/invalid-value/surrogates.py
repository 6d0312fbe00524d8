"""Texts with half of a surrogate pair, in a field and in a template."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("surrogates"):
    BatchJobOperator(
        task_id="job",
        environment={"HALF": "a\ud83c", "TEMPLATE": r"{{ params['\udfac'] }}", "WHOLE": "\U0001f3ac"},
        **JOB,
    )
