"""A text that a DateTimeSensor waits for is in a machine the moment that Airflow reads, or fails the state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensor, WaitSensor
from airflow.sdk import DAG, timezone

from asl_export.asl.dialects.jsonata import Jsonata
from asl_export.ir.values import Call, Function, Kind, Reference, Root
from asl_export.pipeline import export_dag
from tests.unit.asl_export.evaluation import Failed, Original, run_jsonata

TEXTS = [
    "2026-03-09",
    "2026-03-09 12:30",
    "2026-03-09T12:30",
    "2026-03-09T12:30Z",
    "2026-03-09 12:30+02:00",
    "2026-03-09T12:30:15",
    "2026-03-09 12:30:15",
    "2026-03-09T12:30:15Z",
    "2026-03-09T12:30:15.5Z",
    "2026-03-09T12:30:15.123456",
    "2026-03-09 12:30:15+00:00",
    "2026-03-09 12:30:15.123456-05:30",
]
OTHER_TEXTS = [
    "",
    "tomorrow",
    "2026-03",
    "2026-03-09T",
    "20260309T123015",
    "12:30",
    "2026-03-09T12:30:15 UTC",
    "x2026-03-09",
]


def expression(text: str) -> str:
    value = Reference(root=Root.VARIABLE, path=("text",), kind=Kind.TEXT)
    code = Jsonata().document(Call(function=Function.MOMENT, arguments=(value,), kind=Kind.TEXT))
    return str(code)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_the_moment_that_airflow_reads(text: str, original: Original) -> None:
    found = run_jsonata(expression(text), {"text": text}, {})
    assert datetime.fromisoformat(found) == timezone.parse(text).astimezone(UTC)
    assert found[10] == "T"
    assert found[-1] == "Z" or found[-6] in "+-"
    assert original.value(expression(text)[2:-2], {"text": text}) == found


@pytest.mark.parametrize("text", OTHER_TEXTS)
def test_a_text_that_it_can_not_read_fails_the_state(text: str, original: Original) -> None:
    assert isinstance(run_jsonata(expression(text), {"text": text}, {}), Failed)
    assert isinstance(original.value(expression(text)[2:-2], {"text": text}), Failed)


def waits(sensor: Any) -> dict[str, Any]:
    """The state of a sensor that is all there is."""
    (state,) = [state for state in export_dag(sensor.dag).definition["States"].values() if state["Type"] == "Wait"]
    return dict(state)


def test_a_time_delta_is_counted_from_the_data_intervals_end() -> None:
    with DAG("d"):
        code = waits(TimeDeltaSensor(task_id="t", delta=90))["Timestamp"]
    given = {"logical_date": "2026-03-08T00:00:00Z", "data_interval_end": "2026-03-09T00:00:00+00:00"}
    assert run_jsonata(code, {"params": given}, {}) == "2026-03-09T01:30:00.000Z"


def test_without_a_data_interval_a_time_delta_is_counted_from_the_logical_date() -> None:
    with DAG("d"):
        code = waits(TimeDeltaSensor(task_id="t", delta=90))["Timestamp"]
    assert run_jsonata(code, {"params": {"logical_date": "2026-03-08T00:00:00Z"}}, {}) == "2026-03-08T01:30:00.000Z"


def test_a_time_to_wait_is_cut_to_whole_seconds_as_airflow_does() -> None:
    with DAG("d"):
        assert waits(WaitSensor(task_id="t", time_to_wait=timedelta(seconds=2.9)))["Seconds"] == 2


def test_the_moment_of_a_task_that_says_when_is_read_too() -> None:
    with DAG("d"):
        sensor = DateTimeSensor(task_id="t", target_time="{{ ds }}T11:00")
    code = waits(sensor)["Timestamp"]
    assert run_jsonata(code, {"params": {"logical_date": "2026-03-08T05:00:00Z"}}, {}) == "2026-03-08T11:00:00Z"
