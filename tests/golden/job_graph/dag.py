"""BatchJobGraph: jobs that are all submitted at once, in the order that Batch keeps."""

from airflow.sdk import DAG

from airstep.operators import BatchJobGraph, BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("job_graph"):
    with BatchJobGraph("graph") as graph:
        a, b, c, d = (BatchJobOperator(task_id=name, **JOB) for name in "abcd")
        a >> [c, d]
        b >> d
    graph >> BatchJobOperator(task_id="after", **JOB)
