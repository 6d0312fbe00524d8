"""Groups in a group, tasks beside them at each level."""

from airflow.sdk import DAG, TaskGroup

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("groups_of_groups"):
    BatchJobOperator(task_id="outside", **JOB)
    with TaskGroup("film") as film:
        with TaskGroup("picture"):
            BatchJobOperator(task_id="decode", **JOB) >> BatchJobOperator(task_id="encode", **JOB)
        with TaskGroup("sound"):
            BatchJobOperator(task_id="encode", **JOB)
        BatchJobOperator(task_id="subtitles", **JOB)
    film >> BatchJobOperator(task_id="package", **JOB)
