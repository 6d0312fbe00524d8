"""Items that differ in what a state says once for all of them."""

from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"

with DAG("items_differ"):
    BatchJobOperator.partial(task_id="wait", **JOB).expand(wait_for_completion=[True, False])
    BatchJobOperator.partial(task_id="timeout", **JOB).expand(submit_job_timeout=[60, None])
    BatchJobOperator.partial(task_id="result", **JOB).expand(result=["s3://bucket/results", None])
    BatchJobOperator.partial(task_id="depends", **JOB).expand(depends_on=[["a"], ["a", "b"]])
    SnsPublishOperator.partial(task_id="subject", target_arn=TOPIC, message="done").expand(subject=["done", None])
