"""Lists and mappings where Batch takes the other of them, or neither."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("shapes"):
    BatchOperator(task_id="overrides", job_name="job", container_overrides=["a"], **JOB)
    BatchOperator(task_id="queue", job_name="job", job_queue=["low"], job_definition="echo:1")
    BatchJobOperator(task_id="environment", environment=["{{ ds }}"], **JOB)
    BatchJobOperator(task_id="parameters", parameters=["{{ ds }}"], **JOB)
    BatchJobOperator(task_id="command", command={"run": "{{ ds }}"}, **JOB)
    BatchJobOperator(task_id="limit", submit_job_timeout=["{{ ds }}"], **JOB)
    BatchJobOperator(task_id="result", result=["{{ ds }}"], **JOB)
    BatchJobOperator(task_id="result_by_name", result={"uri": "{{ ds }}"}, **JOB)
