"""A mapped group over a job's list: the item and its index in each task."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


@task_group
def each(name: str) -> None:
    values = {"NAME": name, "INDEX": "{{ ti.map_index }}"}
    first = BatchJobOperator(task_id="first", environment=values, **JOB)
    second = BatchJobOperator(task_id="second", environment=values, max_active_tis_per_dagrun=2, **JOB)
    first >> second


with DAG("map_dynamic_group"):
    probe = BatchJobOperator(task_id="probe", result="s3://results/golden", **JOB)
    each.expand(name=probe.output)
