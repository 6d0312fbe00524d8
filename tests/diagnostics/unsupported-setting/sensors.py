"""Settings of sensors that a state machine has nothing for."""

from datetime import timedelta

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG

HOUR = timedelta(hours=1)

with DAG("sensors"):
    S3KeySensor(
        task_id="pattern",
        bucket_key="s3://films/*.mp4",
        wildcard_match=True,
        check_fn=bool,
        never_fail=True,
        exponential_backoff=True,
        poke_interval=0.5,
        timeout=HOUR,
    )
    S3KeySensor(
        task_id="limited",
        bucket_key=["s3://films/a", "s3://films/b"],
        timeout=HOUR,
        execution_timeout=HOUR / 2,
    )
    S3KeySensor(
        task_id="rescheduled",
        bucket_key="s3://films/a",
        timeout=HOUR,
        mode="reschedule",
        execution_timeout=HOUR / 2,
    )
    DateTimeSensor(task_id="moment", target_time="2026-03-09", timeout=HOUR, soft_fail=True)
    TimeDeltaSensor(task_id="later", delta=HOUR, execution_timeout=HOUR)
