"""The original JSONata, of npm, evaluates what Step Functions evaluated on the local AWS and finds the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, Param

from asl_export.pipeline import QueryLanguage
from tests.local.batch_resources import new_batch, stop_all
from tests.local.exported import Exporter
from tests.local.jsonata_expressions import DATA, FAILURES, MORE, VALUES
from tests.local.local_aws_server import LocalAws, serving
from tests.local.state_machines import StateMachines, machine

REFEREE = Path(__file__).parent / "referee" / "evaluate.mjs"
ORIGINAL = Path(__file__).parent / "node_modules" / "jsonata"

pytestmark = pytest.mark.skipif(
    "CI" not in os.environ and not (ORIGINAL.exists() and shutil.which("node")),
    reason="the original JSONata isn't installed: npm ci --prefix tests",
)

Referee = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("referee") / "expressions.jsonl"


@pytest.fixture(scope="module")
def recording_aws(record: Path) -> Iterator[LocalAws]:
    with serving("--minimum-timeout", "1", "--record-expressions", str(record)) as server:
        yield server


@pytest.fixture
def referee(tmp_path: Path) -> Referee:
    """Judges a file, or these records."""

    def judge(*records: dict[str, Any], file: Path | None = None) -> subprocess.CompletedProcess[str]:
        path = file or tmp_path / "records.jsonl"
        if file is None:
            path.write_text("".join(f"{json.dumps(each)}\n" for each in records))
        return subprocess.run(["node", str(REFEREE), str(path)], capture_output=True, text=True, timeout=60)

    return judge


def test_both_come_to_the_same_for_every_expression_of_the_tests(
    recording_aws: LocalAws, record: Path, referee: Referee
) -> None:
    expressions = [each[0] for each in [*VALUES, *FAILURES]] + MORE
    kept_input = {"Type": "Parallel", "Output": "{% $states.input %}"}
    states = {
        f"S{number}": {**kept_input, "Branches": [one(f"P{number}", each)], "Catch": [skip(number)]}
        for number, each in enumerate(expressions)
    }

    StateMachines(recording_aws).run(machine(**states, **{f"S{len(expressions)}": {"Type": "Pass"}}), DATA, seconds=60)

    recorded = {json.loads(line)["expression"] for line in record.read_text().splitlines()}
    assert recorded >= set(expressions)
    judged = referee(file=record)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def one(name: str, expression: str) -> dict[str, Any]:
    """A branch that evaluates an expression."""
    output = {"value": f"{{% {expression} %}}"}
    return {"StartAt": name, "States": {name: {"Type": "Pass", "Output": output, "End": True}}}


def skip(number: int) -> dict[str, Any]:
    """A Catch that goes on with the next expression."""
    return {"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": f"S{number + 1}"}


def test_both_come_to_the_same_for_an_exported_dag(recording_aws: LocalAws, record: Path, referee: Referee) -> None:
    batch = new_batch(recording_aws)
    exporter = Exporter(machines=StateMachines(recording_aws), batch=batch, language=QueryLanguage.JSONATA)
    params = {"text": Param('it\'s "so" \\ {% no %}', type="string"), "frames": Param(3, type="integer")}
    with DAG("judged", params=params) as dag:
        first = exporter.job(
            "first",
            environment={
                "TEXT": "<{{ params.text }}>",
                "FRAMES": "{{ params.frames }}",
                "DAY": "{{ ds }} {{ ds_nodash }} {{ ts }}",
                "CONF": "{{ dag_run.conf.shots[1] }}",
                "RUN": "{{ run_id }}",
            },
        )
        first >> [exporter.job("left"), exporter.job("failing", "exit 3")]

    run = exporter.run(dag, {"shots": ["a", "é \U0001f3ac"], "logical_date": "2026-03-09T12:00:00+00:00"})
    stop_all(batch)

    assert run.statuses == {"failing": ["FAILED"], "first": ["SUCCEEDED"], "left": ["SUCCEEDED"]}
    judged = referee(file=record)
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_a_wrong_result_is_noticed(referee: Referee) -> None:
    reads = {"states": {"input": {"n": 2}}, "x": 3}

    judged = referee({"expression": "$states.input.n * $x", "bindings": reads, "result": 7})

    assert judged.returncode == 1
    assert '{"result":7}' in judged.stdout
    assert '{"result":6}' in judged.stdout


@pytest.mark.parametrize(
    ("expression", "recorded"),
    [("$nothing", {"result": None}), ("1 + 1", {"error": "no"}), ("'1'", {"result": 1}), ("[1]", {"result": 1})],
)
def test_a_value_is_no_failure_and_a_text_no_number(referee: Referee, expression: str, recorded: Any) -> None:
    assert referee({"expression": expression, "bindings": {}, **recorded}).returncode == 1


def test_what_is_another_value_each_time_is_left_out_and_counted(referee: Referee) -> None:
    judged = referee(
        {"expression": "$uuid()", "bindings": {}, "result": "x"},
        {"expression": "2", "bindings": {}, "result": 2},
    )

    assert (judged.returncode, judged.stdout) == (0, "1 expressions compared, 0 differ, 1 left out\n")


def test_a_file_that_cannot_be_read_is_no_verdict(referee: Referee, tmp_path: Path) -> None:
    assert referee(file=tmp_path / "none").returncode == 2


def test_an_expression_is_recorded_once_with_what_it_names(recording_aws: LocalAws, record: Path) -> None:
    machines = StateMachines(recording_aws)
    states = {
        "Set": {"Type": "Pass", "Assign": {"named": 1, "unnamed": 2}},
        "Get": {"Type": "Pass", "Output": "{% $named + $states.input.once %}"},
    }

    machines.run(machine(**states), {"once": 4})
    machines.run(machine(**states), {"once": 4})

    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert [line for line in lines if "once" in line["expression"]] == [
        {
            "expression": "$named + $states.input.once",
            "bindings": {"named": 1, "states": {"input": {"once": 4}}},
            "result": 5,
        }
    ]
