"""Jinja, which reads every text of a templated field, drops one newline at its end and writes the others as one."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

SCRIPT = """
set -e\r
echo done
"""

with DAG("newlines"):
    BatchJobOperator(
        task_id="script",
        job_queue="low",
        job_definition="echo:1",
        environment={"SCRIPT": SCRIPT},
    )
