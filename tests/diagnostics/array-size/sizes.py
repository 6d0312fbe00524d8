"""An array of too many children, and one whose size is only known in the run; one of 1 is a plain job."""

from airflow.providers.amazon.aws.operators.batch import BatchOperator
from airflow.sdk import DAG, Param

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("sizes", params={"size": Param(3, type="integer")}):
    for name, size in (("single", 1), ("large", 10_001), ("unknown", "{{ params.size }}")):
        BatchOperator(task_id=name, job_name=name, array_properties={"size": size}, **JOB)
