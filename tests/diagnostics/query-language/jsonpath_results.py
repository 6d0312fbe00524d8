"""Results whose place JSONPath can't work out."""

from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator, ChoiceOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("jsonpath_results", params={"to": Param("s3://bucket/results", type="string"), "n": Param(1, type="integer")}):
    job = BatchJobOperator(task_id="job", result="{{ params.to }}", **JOB)
    choice = ChoiceOperator(
        task_id="choice", choices=[("{{ params.n + 1 > 5 }}", "big"), ("{{ params.n is odd }}", "big")]
    )
    job >> choice >> BatchJobOperator(task_id="big", **JOB)
    BatchJobOperator.partial(task_id="pairs", **JOB).expand(command=job.output.zip(job.output))
