"""all_done reads the result of a job that may have failed: what isn't there is null."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("results_after_failure"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    probe >> BatchJobOperator(
        task_id="last", trigger_rule="all_done", environment={"FOUND": "{{ ti.xcom_pull('probe') | tojson }}"}, **JOB
    )
