"""The export as a whole: large DAGs, the same bytes everywhere, nothing needed from outside."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airstep.operators import BatchJobOperator
from asl_export.pipeline import Export, QueryLanguage, check_dag, export_dag, load_dag

GOLDEN = Path(__file__).parents[2] / "golden"


def job(name: str, **settings: Any) -> BatchJobOperator:
    return BatchJobOperator(task_id=name, job_queue="low", job_definition="echo", **settings)


def wide(count: int) -> DAG:
    with DAG("wide") as dag:
        first, last = job("first"), job("last")
        first >> [job(f"job_{number}") for number in range(count)] >> last
    return dag


def chain(count: int) -> DAG:
    with DAG("chain") as dag:
        before = job("job_0")
        for number in range(1, count):
            after = job(f"job_{number}")
            before >> after
            before = after
    return dag


def grid(stages: int, width: int) -> DAG:
    """Every task of a stage waits for every task of the stage before."""
    with DAG("grid") as dag:
        before = [job(f"job_0_{number}") for number in range(width)]
        for stage in range(1, stages):
            after = [job(f"job_{stage}_{number}") for number in range(width)]
            for task in after:
                task << before
            before = after
    return dag


def chains(count: int, length: int) -> DAG:
    with DAG("chains") as dag:
        for number in range(count):
            before = job(f"job_{number}_0")
            for step in range(1, length):
                after = job(f"job_{number}_{step}")
                before >> after
                before = after
    return dag


LARGE = {
    "chain": lambda: chain(1000),
    "wide": lambda: wide(1000),
    "grid": lambda: grid(20, 20),
    "chains": lambda: chains(30, 30),
}


@pytest.mark.parametrize("query_language", list(QueryLanguage))
@pytest.mark.parametrize("shape", LARGE)
def test_a_thousand_tasks_compile_in_any_shape(shape: str, query_language: QueryLanguage) -> None:
    dag = LARGE[shape]()
    export = export_dag(dag, query_language=query_language)
    assert export.to_json(pretty=True).count("batch:submitJob.sync") == len(dag.tasks)


def ladder(**settings: Any) -> DAG:
    """60 tasks beside 60, with an edge across from each to the next one there."""
    with DAG("ladder") as dag:
        left = [job(f"left_{number}", **settings) for number in range(60)]
        right = [job(f"right_{number}") for number in range(60)]
        for number in range(59):
            left[number] >> left[number + 1]
            right[number] >> right[number + 1]
            left[number] >> right[number + 1]
    return dag


def test_a_large_graph_of_crossing_edges_is_left_to_batch_without_any_warning() -> None:
    export = export_dag(ladder())
    assert export.warnings == ()
    text = export.to_json(pretty=False)
    assert (text.count("batch:submitJob"), text.count("batch:submitJob.sync")) == (120, 2)


def test_a_large_graph_of_crossing_edges_that_batch_cannot_keep_is_compiled_with_warnings() -> None:
    export = export_dag(ladder(retries=1))
    assert {warning.code for warning in export.warnings} == {"barrier"}
    assert export.to_json(pretty=False).count("batch:submitJob.sync") == 120


def test_pretty_and_minified_say_the_same() -> None:
    export = export_dag(chain(3))
    assert json.loads(export.to_json(pretty=True)) == json.loads(export.to_json(pretty=False)) == export.definition
    assert export.to_json(pretty=True).endswith("}\n")
    assert "\n" not in export.to_json(pretty=False)


def test_check_says_what_export_would() -> None:
    assert check_dag(chain(3)) == export_dag(chain(3)).warnings == ()
    assert isinstance(export_dag(chain(2)), Export)


SCRIPT = """
import socket, sys
from pathlib import Path

def no_network(*_):
    raise AssertionError("the export opened a connection")

socket.socket.connect = no_network
socket.getaddrinfo = no_network
from asl_export.pipeline import Export, QueryLanguage, export_dag, load_dag

for expected in sorted(Path(sys.argv[1]).glob("*/expected.*.json")):
    dag = load_dag(expected.parent.name, expected.with_name("dag.py"))
    language = QueryLanguage(expected.suffixes[0][1:])
    sys.stdout.write(export_dag(dag, query_language=language).to_json(pretty=True))
"""


def exported(tmp_path: Path, seed: str) -> str:
    """All golden machines from a process of its own: no network, no AWS variables, no database, another hash seed."""
    home = tmp_path / seed
    home.mkdir()
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AIRFLOW"))}
    environment = {
        **keep,
        "PYTHONHASHSEED": seed,
        "AIRFLOW_HOME": str(home),
        "HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/missing/airflow.db",
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(GOLDEN)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout


@pytest.mark.slow
def test_the_bytes_are_the_same_without_network_credentials_or_database_and_for_any_hash_seed(tmp_path: Path) -> None:
    first = exported(tmp_path, "1")
    assert first == exported(tmp_path, "2")
    expected = sorted(GOLDEN.glob("*/expected.*.json"))
    assert first == "".join(file.read_text(encoding="utf-8") for file in expected)


@pytest.mark.parametrize("pretty", [True, False])
def test_what_is_no_json_is_never_written(pretty: bool) -> None:
    dag = load_dag("one_job", GOLDEN / "one_job" / "dag.py")
    export = replace(export_dag(dag), definition={"x": float("nan")})
    with pytest.raises(ValueError, match="JSON"):
        export.to_json(pretty=pretty)
