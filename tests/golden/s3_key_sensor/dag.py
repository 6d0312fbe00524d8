"""Objects that are waited for: by URL, by bucket and key, several; one that is done without after a while."""

from datetime import timedelta

from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG, Param

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
PATIENCE = {"poke_interval": 60, "timeout": timedelta(hours=2)}

with DAG("s3_key_sensor", params={"film": Param("rain", type="string")}):
    url = S3KeySensor(task_id="url", bucket_key="s3://films/cuts/{{ params.film }}.mp4", **PATIENCE)
    parts = S3KeySensor(
        task_id="parts",
        bucket_name="films",
        bucket_key=["{{ params.film }}/picture.mp4", "sound.wav"],
        mode="reschedule",
        retries=2,
        retry_delay=timedelta(seconds=30),
        **PATIENCE,
    )
    subtitles = S3KeySensor(
        task_id="subtitles", bucket_name="films", bucket_key="subtitles.srt", soft_fail=True, **PATIENCE
    )
    url >> BatchJobOperator(task_id="encode", **JOB) >> parts
    url >> subtitles >> BatchJobOperator(task_id="burn_in", **JOB)
