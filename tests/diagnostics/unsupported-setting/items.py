"""Settings that only one of a mapped task's items has."""

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG

with DAG("items"):
    S3KeySensor.partial(task_id="sensor", bucket_name="films", timeout=600).expand_kwargs(
        [{"bucket_key": "a.mp4"}, {"bucket_key": "*.mp4", "wildcard_match": True}]
    )
