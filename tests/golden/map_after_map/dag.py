"""Two mapped tasks in a row: the second starts when all items of the first are done."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("map_after_map"):
    encode = BatchJobOperator.partial(task_id="encode", **JOB).expand(vcpus=[1, 2, 4])
    check = BatchJobOperator.partial(task_id="check", **JOB).expand(parameters=[{"height": "480"}, {"height": "720"}])
    encode >> check
