"""Expressions that only Airflow can evaluate, each with its place."""

from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("expressions"):
    BatchJobOperator(
        task_id="job",
        parameters={
            "variable": "x {{ var.value.name }}",
            "macro": "{{ macros.ds_add(ds, 1) }}",
            "pull": "{{ ti.xcom_pull('other') }}",
            "loop": "{% for x in params.y %}{{ x }}{% endfor %}",
            "filter": "{{ ds | title }}",
            "test": "{{ params.x is match('a') }}",
        },
        **JOB,
    )
    BatchJobOperator(task_id="second", command=["a", "line\\n  {{ conn.x }}"], **JOB)
    DateTimeSensor(task_id="moment", target_time="{{ var.value.when }}")
    BatchJobOperator(task_id="third", environment={"BROKEN": "{{ ds"}, **JOB)
