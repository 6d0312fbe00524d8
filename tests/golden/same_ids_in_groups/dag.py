"""The same task names in every group: ids differ, so do states."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("same_ids_in_groups"):
    for clip in ("intro", "film", "credits"):
        with TaskGroup(clip):
            BatchJobOperator(task_id="encode", **JOB) >> BatchJobOperator(task_id="check", **JOB)
