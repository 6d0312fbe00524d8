"""What two jobs side by side have written goes out of their branches to the job behind them."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("results_across_parallel"):
    left = BatchJobOperator(task_id="left", result="s3://results/golden", **JOB)
    right = BatchJobOperator(task_id="right", result="s3://results/golden", **JOB)
    last = BatchJobOperator(
        task_id="last", environment={"LEFT": left.output["path"], "RIGHT": "{{ ti.xcom_pull('right')['path'] }}"}, **JOB
    )
    [left, right] >> last
