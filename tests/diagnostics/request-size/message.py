"""A message that is larger than what Step Functions sends to a service."""

from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.sdk import DAG

with DAG("message"):
    SqsPublishOperator(task_id="send", sqs_queue="url", message_content="x" * 262_144)
