"""Waits that both query languages have: a fixed moment, the logical date, a number of seconds."""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.sensors.date_time import DateTimeSensor, DateTimeSensorAsync
from airflow.providers.standard.sensors.time_delta import WaitSensor
from airflow.sdk import DAG

with DAG("time_sensors"):
    day = DateTimeSensor(task_id="day", target_time="2026-03-09")
    moment = DateTimeSensor(task_id="moment", target_time=datetime(2026, 3, 9, 12, 30, tzinfo=UTC), mode="reschedule")
    zone = DateTimeSensorAsync(task_id="zone", target_time="2026-03-09T12:30:00.5+02:00", retries=3)
    logical_date = DateTimeSensor(task_id="logical_date", target_time="{{ logical_date }}", doc_md="When it is time.")
    day >> moment >> zone >> logical_date >> WaitSensor(task_id="pause", time_to_wait=timedelta(minutes=2))
