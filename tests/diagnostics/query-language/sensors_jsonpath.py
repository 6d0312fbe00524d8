"""Moments that JSONPath can't work out, each told at the argument that asks for it."""

from datetime import timedelta

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG, Param

with DAG("sensors_jsonpath", params={"when": Param("2026-03-09", type="string"), "uri": Param("", type="string")}):
    TimeDeltaSensor(
        task_id="later",
        delta=timedelta(hours=1),
    )
    DateTimeSensor(
        task_id="moment",
        target_time="{{ params.when }}",
    )
    S3KeySensor(
        task_id="object",
        timeout=3600,
        bucket_key="{{ params.uri }}",
    )
    S3KeySensor(
        task_id="slashes",
        timeout=3600,
        bucket_key="s3://films/{{ params.when }}/cut.mp4",
    )
