"""Three layers of three, each task after all of the layer before."""

from itertools import pairwise

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("layers"):
    layers = [[BatchJobOperator(task_id=f"{layer}{place}", **JOB) for place in range(3)] for layer in "abc"]
    for above, below in pairwise(layers):
        for task in above:
            task >> below
