"""The logical date in the forms that both query languages have."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("dates"):
    BatchJobOperator(task_id="dated", parameters={"day": "{{ ds }}", "path": "in/{{ ds_nodash }}/x"}, **JOB)
