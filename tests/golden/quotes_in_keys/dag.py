"""Names of parameters and variables full of what query languages mean something by."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("quotes_in_keys"):
    BatchJobOperator(
        task_id="keys",
        parameters={"it's": "{{ run_id }}", "{% x %}": "percent", "$.y": "path", "": "none"},
        environment={"A.B-C": "{{ run_id }}"},
        **JOB,
    )
