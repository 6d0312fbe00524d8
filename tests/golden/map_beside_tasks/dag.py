"""A map beside a job and another map, with a task after all."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_beside_tasks"):
    encode = BatchJobOperator.partial(task_id="encode", **JOB).expand(vcpus=[1, 2])
    probe = BatchJobOperator.partial(task_id="probe", **JOB).expand(memory=[512, 1024])
    poster = BatchJobOperator(task_id="poster", **JOB)
    [encode, probe, poster] >> BatchJobOperator(task_id="publish", **JOB)
