"""A timetable of data intervals, which tasks and a sensor ask for: a machine has them only from its input."""

import pendulum
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor
from airflow.sdk import DAG, CronDataIntervalTimetable

from airstep.operators import BatchJobOperator

JOB = {"job_queue": "low", "job_definition": "echo:1"}
NIGHTLY = CronDataIntervalTimetable("0 3 * * *", timezone="UTC")

with DAG("intervals", schedule=NIGHTLY, start_date=pendulum.datetime(2026, 1, 1)):
    BatchJobOperator(task_id="since", environment={"SINCE": "{{ data_interval_start }}"}, **JOB)
    BatchJobOperator.partial(task_id="each", **JOB).expand(command=[["{{ data_interval_end | ds }}"], ["a"]])
    BatchJobOperator(task_id="plain", environment={"DAY": "{{ ds }}"}, **JOB)
    TimeDeltaSensor(task_id="later", delta=60)
