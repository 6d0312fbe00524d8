"""What only Python can make of results."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("python"):
    one, two = (BatchJobOperator(task_id=name, result="s3://bucket/results", **JOB) for name in ("one", "two"))
    BatchJobOperator.partial(task_id="changed", **JOB).expand(command=one.output.map(str.split))
    BatchJobOperator.partial(task_id="zipped", **JOB).expand(command=one.output.zip(two.output, fillvalue="x"))
