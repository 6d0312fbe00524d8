"""Messages to topics; the id of one reaches the next."""

from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.sdk import DAG, Param

with DAG("sns_publish", params={"film": Param("rain", type="string")}):
    plain = SnsPublishOperator(
        task_id="plain",
        target_arn="arn:aws:sns:eu-west-1:123456789012:films",
        subject="Film {{ params.film }}",
        message="{{ params.film }} is rendered",
        message_attributes={
            "film": "{{ params.film }}",
            "frames": 240,
            "ratio": 2.0,
            "sizes": ["1080p", 480, None],
        },
    )
    fifo = SnsPublishOperator(
        task_id="fifo",
        target_arn="arn:aws:sns:eu-west-1:123456789012:films.fifo",
        message="after {{ ti.xcom_pull('plain').MessageId }}",
        message_group_id="{{ params.film }}",
        message_deduplication_id="{{ run_id }}",
    )
    plain >> fifo
