"""JSONPath can't tell a type in the run."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("jsonpath_text", params={"untyped": "x"}):
    BatchJobOperator(task_id="job", parameters={"text": "{{ params.untyped }}-{{ dag_run.conf.y }}"}, **JOB)
