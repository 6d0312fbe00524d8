"""Items larger than the state data may be."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("items"):
    BatchJobOperator.partial(task_id="each", **JOB).expand(
        environment=[{"TEXT": f"{number:05}" + "x" * 5_000} for number in range(60)]
    )
