"""A DAG is warned of when it reads a data interval that its timetable makes longer than an instant."""

from datetime import timedelta
from typing import Any

import pendulum
import pytest
from airflow.sdk import (
    DAG,
    Asset,
    AssetOrTimeSchedule,
    CronDataIntervalTimetable,
    CronTriggerTimetable,
    DeltaDataIntervalTimetable,
    DeltaTriggerTimetable,
    EventsTimetable,
    MultipleCronTriggerTimetable,
)

from airstep.operators import BatchJobOperator
from asl_export.pipeline import check_dag

DAY = timedelta(days=1)
CRON: dict[str, Any] = {"timezone": "UTC"}
LONG = [
    CronDataIntervalTimetable("@daily", **CRON),
    DeltaDataIntervalTimetable(DAY),
    CronTriggerTimetable("@daily", interval=DAY, **CRON),
    MultipleCronTriggerTimetable("@daily", interval=DAY, **CRON),
    DeltaTriggerTimetable(DAY, interval=DAY),
    AssetOrTimeSchedule(timetable=CronDataIntervalTimetable("@daily", **CRON), assets=[Asset("x")]),
    "@continuous",
]
INSTANT = [
    None,
    "@once",
    "@daily",
    DAY,
    CronTriggerTimetable("@daily", **CRON),
    MultipleCronTriggerTimetable("@daily", **CRON),
    DeltaTriggerTimetable(DAY),
    EventsTimetable([pendulum.datetime(2026, 1, 1)]),
    AssetOrTimeSchedule(timetable=CronTriggerTimetable("@daily", **CRON), assets=[Asset("x")]),
    [Asset("x")],
]


def told(schedule: Any, template: str) -> list[str]:
    """What is said of the data interval."""
    with DAG("d", schedule=schedule, start_date=pendulum.datetime(2026, 1, 1), max_active_runs=1) as dag:
        BatchJobOperator(task_id="t", job_queue="q", job_definition="j", command=[template])
    return [found.why for found in check_dag(dag) if "data interval" in found.message]


@pytest.mark.parametrize("schedule", LONG)
def test_the_task_that_reads_a_long_data_interval_is_told(schedule: Any) -> None:
    assert [why.split(" for it")[0] for why in told(schedule, "{{ data_interval_end | ds }}")] == ["t asks"]
    assert told(schedule, "{{ ds }}") == []


@pytest.mark.parametrize("schedule", INSTANT)
def test_of_an_instant_nothing_is_said(schedule: Any) -> None:
    assert told(schedule, "{{ data_interval_start }}") == []
