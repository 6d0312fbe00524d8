"""Messages to queues."""

from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.sdk import DAG, Param

with DAG("sqs_publish", params={"film": Param("rain", type="string")}):
    plain = SqsPublishOperator(
        task_id="plain",
        sqs_queue="https://sqs.eu-west-1.amazonaws.com/123456789012/films",
        message_content='{"film": "{{ params.film }}"}',
        message_attributes={"film": {"DataType": "String", "StringValue": "{{ params.film }}"}},
        delay_seconds=5,
    )
    fifo = SqsPublishOperator(
        task_id="fifo",
        sqs_queue="https://sqs.eu-west-1.amazonaws.com/123456789012/films.fifo",
        message_content="after {{ ti.xcom_pull('plain')['MessageId'] }}",
        message_group_id="films",
        message_deduplication_id="{{ run_id }}",
    )
    plain >> fifo
