"""All results of a mapped task, as the items of another."""

from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}

with DAG("results_of_map"):
    each = BatchJobOperator.partial(task_id="each", result="s3://results/golden", **JOB).expand(
        environment=[{"NUMBER": "1"}, {"NUMBER": "2"}]
    )
    BatchJobOperator.partial(task_id="again", **JOB).expand(parameters=each.output)
