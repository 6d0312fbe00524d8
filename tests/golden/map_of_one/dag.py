"""A map of one item is still a map."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_of_one"):
    BatchJobOperator.partial(task_id="encode", **JOB).expand(command=[["encode", "{{ ti.map_index }}"]])
