"""The command line in this process, on a small folder of DAGs; Airflow is imported once for all of these tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from asl_export.cli import app

GOOD = """
print("chatter of a DAG file")
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator

def job(name):
    return BatchJobOperator(task_id=name, job_queue="queue", job_definition="definition")

with DAG("good_dag"):
    job("first") >> job("second")
"""

CROSSING = """
from airflow.sdk import DAG
from airstep.operators import BatchJobOperator

with DAG("crossing_dag"):
    a, b, c, d = (
        BatchJobOperator(task_id=name, job_queue="queue", job_definition="definition", retries=1) for name in "abcd"
    )
    a >> [c, d]
    b >> d
"""

BAD = """
from airflow.sdk import DAG, task

with DAG("bad_dag"):
    @task
    def crunch():
        pass

    @task
    def munch():
        pass

    crunch() >> munch()
"""


@pytest.fixture
def dags(tmp_path: Path) -> Path:
    """A folder with a DAG that can be exported, one that can only with a barrier, and one that can't."""
    folder = tmp_path / "dags"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    (folder / "crossing.py").write_text(CROSSING)
    (folder / "bad.py").write_text(BAD)
    return folder


@pytest.fixture
def asl_export(dags: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `asl-export` with the folder of DAGs, in an empty folder."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(dags))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])
