"""The `estimate` command: what it prints, and how it says no."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

MAPPED = """
print("chatter of a DAG file")
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator, BatchMapOperator, S3Objects, item

JOB = {"job_queue": "queue", "job_definition": "definition"}
with DAG("mapped_dag"):
    BatchJobOperator(task_id="first", **JOB) >> BatchMapOperator(
        task_id="convert", items=S3Objects("media"), results="s3://results", command=["x", item["Key"]], **JOB
    )
"""


@pytest.fixture(autouse=True)
def mapped_dag(dags: Path) -> None:
    (dags / "mapped.py").write_text(MAPPED)


def test_the_table_tells_each_way_whole(asl_export: Run) -> None:
    result = asl_export("estimate", "mapped_dag", "--items", "3000000")
    assert result.exit_code == 0
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert rows[0] == "What a run of mapped_dag asks of AWS"
    assert "convert: 3,000,000 items" in rows
    assert "Airflow, array (the DAG's) 300 6 s 198 3.96 s" in rows
    assert "Step Functions, jobs 3,000,000 16.7 h 6,000,001 $150.00 6" in rows
    assert "Step Functions, array (the DAG's) 302 6.04 s 903 $0.0226 18" in rows
    assert "Step Functions, array (the DAG's) 303 6.06 s 904 $0.0226 26" in rows
    assert "chatter" not in result.stdout
    assert "…" not in result.stdout


def test_json_tells_the_same_to_programs(asl_export: Run) -> None:
    result = asl_export("estimate", "mapped_dag", "--items", "convert=1000", "--job-seconds", "60", "--json")
    found = json.loads(result.stdout)
    assert (found["dag_id"], found["items"], found["job_seconds"]) == ("mapped_dag", {"convert": 1000}, 60)
    (own,) = (way for way in found["ways"] if way["runner"] == "step_functions" and way["own"])
    assert (own["strategy"], own["total"]["submits"], own["parts"]["convert"]["submits"]) == ("array", 4, 3)
    assert own["total"]["dollars"] == pytest.approx(own["total"]["transitions"] * 0.000025)


def test_a_dag_without_maps_needs_no_number(asl_export: Run) -> None:
    result = asl_export("estimate", "good_dag")
    assert result.exit_code == 0
    assert "Step Functions 2 0.04 s 2 $0.00005 14" in [" ".join(line.split()) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mapped_dag",), 2, "asl-export: --items: how many items has 'convert'? Only the run knows"),
        (("mapped_dag", "--items", "many"), 2, "asl-export: --items: 'many' must be a whole number above 0"),
        (("mapped_dag", "--items", "other=3"), 2, "asl-export: --items: the DAG has no map 'other'"),
        (("good_dag", "--items", "3"), 2, "asl-export: --items: the DAG has no maps"),
        (("mapped_dag", "--items", "3", "--job-seconds", "-1"), 2, "--job-seconds"),
        (("bad_dag",), 1, "error[unsupported-operator]"),
        (("no_dag",), 1, "error[unknown-dag]"),
        (("crossing_dag", "--exact"), 1, "error[barrier]"),
    ],
)
def test_what_is_wrong_is_said_on_standard_error(
    asl_export: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    result = asl_export("estimate", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""
