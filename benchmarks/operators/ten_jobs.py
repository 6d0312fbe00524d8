"""Ten jobs that end at once, in two shapes, with the stock operator and with ours, by the real `airflow dags test`.

What is measured is what the operator adds: how long it waits, and how often it asks AWS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asl_export.verify.direct import run_direct
from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import create_stack
from benchmarks.operators.batch_calls import batch_calls

BENCHMARKS = Path(__file__).parents[1]
WORKFLOWS = {"video": "video, 10 jobs", "map": "map of 10"}
OPERATORS = ("stock", "airstep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One `airflow dags test`: seconds from its start to its end, and the Batch calls in between."""

    workflow: str
    operator: str
    seconds: float
    submit_jobs: int
    describe_jobs: int
    all_calls: int


def measure_ten_jobs(tell: Callable[[str], None]) -> list[Measurement]:
    """Each workflow with both operators, on one local AWS."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_session(Path(folder), images=BENCHMARKS / "images") as session,
    ):
        create_stack(session, BENCHMARKS / "stack.yaml", "benchmark")
        measure(session, "map", "airstep")  # not kept: fills the caches that whoever comes first would pay for
        measured = []
        for workflow, text in WORKFLOWS.items():
            for operator in OPERATORS:
                tell(f"{text}: {operator} …")
                measured.append(measure(session, workflow, operator))
        return measured


def measure(session: Session, workflow: str, operator: str) -> Measurement:
    """Run one DAG with the real `airflow dags test`.

    :raises RuntimeError: when the run fails: a number of a failed run says nothing.
    """
    dag_id, before = f"{workflow}_{operator}", batch_calls(session.endpoint)
    outcome = run_direct(
        session,
        dag_id,
        dags_folder=BENCHMARKS / "dags",
        cache=BENCHMARKS.parent / ".airstep",
        conf={},
        tick=lambda: None,
    )
    if not outcome.succeeded:
        raise RuntimeError(f"{dag_id} failed: {outcome.reason}\n{outcome.log.read_text()[-4000:]}")
    calls = batch_calls(session.endpoint) - before
    return Measurement(
        workflow=workflow,
        operator=operator,
        seconds=round(outcome.ended - outcome.began, 2),
        submit_jobs=calls["submitjob"],
        describe_jobs=calls["describejobs"],
        all_calls=calls.total(),
    )


def ratio(measured: Sequence[Measurement], workflow: str) -> float:
    """How many times faster ours is."""
    seconds = {each.operator: each.seconds for each in measured if each.workflow == workflow}
    return round(seconds["stock"] / seconds["airstep"], 1)
