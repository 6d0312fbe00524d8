"""Runs one map in this process, as its task does, and prints what each phase took, as JSON.

    python -m benchmarks.maps.one_map --items 3000000 --folder DIR                     # on an AWS that only counts
    python -m benchmarks.maps.one_map --items 10000 --lines s3://bucket/items.jsonl    # on the AWS of the environment

The jobs do nothing and the items have no fields in them: what is measured is planning, submitting, waiting and writing
down what became of the items.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from airflow.sdk import DAG

from airstep.hooks.aws import AwsConnection
from airstep.hooks.batch import BatchHook
from airstep.items import S3JsonLines
from airstep.operators import BatchMapOperator
from airstep.operators.map_run import MapRun
from benchmarks.maps.counting_aws import SOURCE, CountingClients
from benchmarks.memory import peak_megabytes

RESULTS = "s3://benchmark-results/maps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Seconds of each phase of a map, the most memory of its process in MiB, before and with the map, and AWS calls.

    `calls` are only there for an AWS that only counts; the local one counts for itself.
    """

    items: int
    plan: float
    submit: float
    poll: float
    results: float
    idle_megabytes: float
    peak_megabytes: float
    calls: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class TaskInstance:
    """As much of Airflow's task instance as a map uses."""

    dag_id: str = "benchmark"
    run_id: str = "run"
    task_id: str = "map"
    map_index: int = -1
    max_tries: int = 0
    try_number: int = 1
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, *, key: str, value: Any) -> None:
        """Keep a value."""
        self.xcoms[key] = value


def main() -> int:
    """Run the map; the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.maps.one_map", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, required=True)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--folder", type=Path, help="where the AWS that only counts keeps what is read back")
    where.add_argument("--lines", help="an object of S3 with an item in each line")
    options = parser.parse_args()
    clients = CountingClients.of(options.items, options.folder) if options.folder else None
    connection = AwsConnection(aws_conn_id=None)
    hook = BatchHook(connection, clients=clients) if clients else BatchHook(connection)
    found = run_map(SOURCE if clients else S3JsonLines(options.lines), hook)
    print(json.dumps(asdict(found) | {"calls": dict(clients.calls) if clients else {}}))
    return 0


def run_map(items: Any, hook: BatchHook) -> Phases:
    """Run a map to its end, as BatchMapOperator.execute does."""
    with DAG("benchmark", schedule=None):
        operator = BatchMapOperator(
            task_id="map",
            items=items,
            results=RESULTS,
            job_queue="benchmark",
            job_definition="noop",
            command=["true"],
            runner=(),
            deferrable=False,
            aws_conn_id=None,
        )
    run = MapRun(operator, {"ti": TaskInstance()}, hook=hook)  # type: ignore[typeddict-item]
    idle = peak_megabytes()
    plan = _seconds(run.begin)
    submit = _seconds(run.go_on)
    poll = _seconds(lambda: _wait(run))
    began = time.perf_counter()
    summary = run.finish()
    return Phases(
        items=summary["succeeded"],
        plan=plan,
        submit=submit,
        poll=poll,
        results=round(time.perf_counter() - began, 2),
        idle_megabytes=idle,
        peak_megabytes=peak_megabytes(),
    )


def _wait(run: MapRun) -> None:
    run.wait()
    while run.go_on():
        run.wait()


def _seconds(step: Callable[[], Any]) -> float:
    began = time.perf_counter()
    step()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    sys.exit(main())
