"""A part of a result that may not be there."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("missing_result_jsonpath"):
    probe = BatchJobOperator(task_id="probe", result="s3://bucket/results", **JOB)
    PART = {"PART": "{{ ti.xcom_pull('probe').part }}"}
    sure = BatchJobOperator(task_id="sure", environment=PART, **JOB)
    unsure = BatchJobOperator(task_id="unsure", trigger_rule="all_done", environment=PART, **JOB)
    probe >> BatchJobOperator(task_id="between", **JOB) >> sure
    probe >> unsure
