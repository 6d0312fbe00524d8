"""What `verify` is told on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from asl_export.verify.command import read_conf, read_date, read_endpoint
from asl_export.verify.plan import Plan


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-01-31", 0), ("2026-01-31T08:00:00", 8), ("2026-01-31T08:00:00+01:00", 7), ("2026-01-31T08:00:00Z", 8)],
)
def test_a_date_is_a_moment_in_utc(text: str, hour: int) -> None:
    assert read_date(text) == datetime(2026, 1, 31, hour, tzinfo=UTC)
    assert read_date(text).tzinfo is UTC


def test_without_a_date_it_is_now_to_the_second() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= read_date("") <= datetime.now(UTC)
    assert read_date("").microsecond == 0


def test_a_wrong_date_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        read_date("tomorrow")
    assert left.value.exit_code == 2
    assert "--logical-date: a date such as 2026-01-31" in capsys.readouterr().err


def test_a_date_among_the_params_is_refused_with_the_option_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        read_conf('{"logical_date": "2026-01-31"}')
    assert left.value.exit_code == 2
    assert "give it as --logical-date" in capsys.readouterr().err


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:4566", "https://local-aws.example"])
def test_an_endpoint_is_taken_as_it_is(url: str | None) -> None:
    assert read_endpoint(url) == url


@pytest.mark.parametrize(
    "url", ["foo", "", "http://", "ftp://host", "http://a_b:4566", "http://host:99999", "http://["]
)
def test_an_endpoint_that_boto3_would_not_take_is_wrong_usage(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        read_endpoint(url)
    assert left.value.exit_code == 2
    assert f"--endpoint-url: an address such as http://127.0.0.1:4566, not {url}" in capsys.readouterr().err


def test_the_longest_dag_id_has_a_file_for_its_definition() -> None:
    plan = Plan(dag_id="x" * 250, dags_folder=Path(), conf={}, folder=Path(), logical_date=datetime.now(UTC))
    assert len(plan.definition_name) == 255
