"""dag_run.conf and the run's id, without params: no state in front, but in JSONPath, where parts may not be missing."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("conf"):
    BatchJobOperator(
        task_id="read",
        parameters={
            "key": "{{ dag_run.conf['key name'] }}",
            "nested": "{{ dag_run.conf.a.b[0] }}",
            "run": "{{ run_id }}",
        },
        **JOB,
    )
