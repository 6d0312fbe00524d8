"""What JSONPath has no expression for."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("jsonpath", params={"flag": Param(True, type="boolean"), "untyped": "x"}):
    BatchJobOperator(
        task_id="job",
        parameters={
            "flag": "{{ params.flag }}",
            "upper": "{{ params.untyped | upper }}",
            "default": "{{ dag_run.conf.x | default('y') }}",
            "name.$": "x",
        },
        **JOB,
    )
