"""Results that the machine doesn't keep, or that aren't there yet when they are read."""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("not_known"):
    empty = EmptyOperator(task_id="empty")
    job, beside = (BatchJobOperator(task_id=name, **JOB) for name in ("job", "beside"))
    listed = BatchJobOperator(task_id="listed", result="s3://bucket/results", **JOB)
    reader = BatchJobOperator(
        task_id="reader",
        environment={
            "EMPTY": empty.output,
            "KEY": "{{ ti.xcom_pull('job', key='status') }}",
            "BESIDE": "{{ ti.xcom_pull('beside') }}",
            "MISSING": "{{ ti.xcom_pull('no_such_task') }}",
            "OWN": "{{ ti.xcom_pull() }}",
            "EARLIER": "{{ ti.xcom_pull('job', include_prior_dates=True) }}",
            "OTHER": "{{ ti.xcom_pull('job', dag_id='other_dag') }}",
            "WORKED_OUT": "{{ ti.xcom_pull(params.task) }}",
        },
        **JOB,
    )
    [empty, job] >> reader
