"""A sensor that may ask so often that its execution ends before it gives up."""

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG

with DAG("sensor"):
    S3KeySensor(task_id="patient", bucket_key="s3://films/cut.mp4")
