"""A job per item of a list, two at a time; a failed item lets the others finish."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_list"):
    BatchJobOperator.partial(task_id="encode", max_active_tis_per_dagrun=2, **JOB).expand(
        environment=[{"NUMBER": number, "INDEX": "{{ ti.map_index }}"} for number in (1, 2, 3)]
    )
