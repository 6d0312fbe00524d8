"""A result from outside, and one from within, read in each item of a mapped group."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(number: int) -> None:
    first = BatchJobOperator(task_id="first", result="s3://results/golden", environment={"NUMBER": number}, **JOB)
    values = {"OUTSIDE": "{{ ti.xcom_pull('probe')['path'] }}", "INSIDE": first.output["path"], "NUMBER": number}
    BatchJobOperator(task_id="second", environment=values, **JOB)


with DAG("results_into_map"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    probe >> each.expand(number=[1, 2])
