"""The description of a job, as another reads it."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_fields"):
    first = BatchJobOperator(task_id="first", **JOB)
    values = {
        "ID": first.output,
        "STATUS": "{{ ti.xcom_pull('first', key='job')['status'] }}",
        "EXIT_CODE": "{{ ti.xcom_pull('first', key='job')['exit_code'] }}",
    }
    first >> BatchJobOperator(task_id="second", environment=values, **JOB)
