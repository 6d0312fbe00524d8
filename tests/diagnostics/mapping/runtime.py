"""Items of which not even the arguments are known before the run, no items at all, and a map within a map."""

from airflow.sdk import DAG, task_group

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("runtime"):
    job = BatchJobOperator(task_id="job", result="s3://bucket/results", **JOB)
    BatchJobOperator.partial(task_id="kwargs", **JOB).expand_kwargs(job.output)
    BatchJobOperator.partial(task_id="none", **JOB).expand(environment=[])
    BatchJobOperator.partial(task_id="environment", **JOB).expand(environment=job.output)

    @task_group
    def inner(size: str) -> None:
        """A job for each size."""
        BatchJobOperator(task_id="sized", environment={"SIZE": size}, **JOB)

    @task_group
    def outer(colour: str) -> None:
        """Two sizes for each colour."""
        BatchJobOperator(task_id="coloured", environment={"COLOUR": colour}, **JOB)
        inner.expand(size=["s", "m"])

    outer.expand(colour=["red", "blue"])
