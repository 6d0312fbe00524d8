"""Runs of Glue jobs; the id of one reaches the next."""

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.sdk import DAG, Param

with DAG("glue_job", params={"day": Param("2026-03-09", type="string")}):
    clean = GlueJobOperator(
        task_id="clean",
        job_name="clean",
        script_args={"--day": "{{ params.day }}"},
        run_job_kwargs={"WorkerType": "G.1X", "NumberOfWorkers": 4, "Timeout": 60},
        retries=1,
    )
    count = GlueJobOperator(
        task_id="count", job_name="count", script_args={"--cleaned-by": clean.output}, wait_for_completion=False
    )
    GlueJobOperator(task_id="watch", job_name="watch", script_args={"--run": "{{ ti.xcom_pull('count') }}"}) << count
