"""Arguments of items that the operator itself refuses, and lengths of time that nobody can count."""

from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor, WaitSensor
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}


def sensor(name: str) -> Any:
    return S3KeySensor.partial(task_id=name, bucket_key="s3://bucket/key")


with DAG("items"):
    sensor("timeout").expand(timeout=[5, float("inf")])
    sensor("interval").expand(poke_interval=[10**30])
    sensor("longest").expand(max_wait=[float("inf")])
    sensor("negative").expand(poke_interval=[-1])
    sensor("mode").expand(mode=["look"])
    BatchJobOperator.partial(task_id="memory", **JOB).expand(memory=[float("inf"), 5])
    TimeDeltaSensor(task_id="delta", delta=10**30)
    WaitSensor(task_id="minutes", time_to_wait=10**30)
    WaitSensor(task_id="years", time_to_wait=timedelta(days=2000))
