"""A choice over what a job has written."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("choice_over_result"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    choice = ChoiceOperator(
        task_id="choice", choices=[("{{ ti.xcom_pull('probe')['size'] == 'long' }}", "long")], default="short"
    )
    probe >> choice >> [BatchJobOperator(task_id="long", **JOB), BatchJobOperator(task_id="short", **JOB)]
