"""`make bench`: the stock BatchOperator and ours run the same DAGs on the same local AWS; seconds, calls, ratios.

The jobs end at once, so what is measured is what the operator adds: how long it waits, and how often it asks AWS.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from asl_export.verify.children import interruptible
from asl_export.verify.direct import run_direct
from asl_export.verify.session import Session, open_session
from asl_export.verify.stack import create_stack

HERE = Path(__file__).parent
WORKFLOWS = {"video": "video, 10 jobs", "map": "map of 10"}
OPERATORS = ("stock", "airstep")
GOAL = 10.0
"""How many times faster than the stock operator ours has to be, on every workflow."""
PACKAGES = ("apache-airflow", "apache-airflow-providers-amazon", "airstep", "boto3", "moto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One `airflow dags test`: seconds from its start to its end, and the Batch calls in between."""

    workflow: str
    operator: str
    seconds: float
    submit_jobs: int
    describe_jobs: int
    all_calls: int


def main() -> int:
    """Run each workflow with both operators; 1 when ours misses the goal."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE / "results/operators.json", help="default: %(default)s")
    output: Path = parser.parse_args().output
    console = Console()
    measured = []
    with (
        interruptible(),
        tempfile.TemporaryDirectory() as folder,
        open_session(Path(folder), images=HERE / "images") as session,
    ):
        create_stack(session, HERE / "stack.yaml", "benchmark")
        measure(session, "map", "airstep")  # not kept: fills the caches that whoever comes first would pay for
        for workflow, text in WORKFLOWS.items():
            for operator in OPERATORS:
                with console.status(f"{text}: {operator} …"):
                    measured.append(measure(session, workflow, operator))
                console.print(f"{text}: {operator} {measured[-1].seconds:.1f} s")
    ratios = {workflow: ratio(measured, workflow) for workflow in WORKFLOWS}
    console.print(table(measured, ratios))
    keep(output, measured, ratios)
    console.print(f"kept in {output}")
    return 0 if min(ratios.values()) >= GOAL else 1


def measure(session: Session, workflow: str, operator: str) -> Measurement:
    """Run one DAG with the real `airflow dags test`.

    :raises RuntimeError: when the run fails: a number of a failed run says nothing.
    """
    dag_id, before = f"{workflow}_{operator}", batch_calls(session.endpoint)
    outcome = run_direct(
        session, dag_id, dags_folder=HERE / "dags", cache=Path(".airstep/cache"), conf={}, tick=lambda: None
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


def batch_calls(endpoint: str) -> Counter[str]:
    """How often each Batch operation was called on the local AWS so far."""
    with urlopen(f"{endpoint}/local-aws/calls") as answer:
        return Counter(json.load(answer).get("batch", {}))


def ratio(measured: list[Measurement], workflow: str) -> float:
    """How many times faster ours is."""
    seconds = {each.operator: each.seconds for each in measured if each.workflow == workflow}
    return round(seconds["stock"] / seconds["airstep"], 1)


def table(measured: list[Measurement], ratios: Mapping[str, float]) -> Table:
    """The measurements as people read them."""
    title = "Jobs that end at once, `airflow dags test`"
    drawn = Table("workflow", "operator", title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("seconds", "SubmitJob", "DescribeJobs", "all calls", "faster"):
        drawn.add_column(heading, justify="right")
    for each in measured:
        faster = f"{ratios[each.workflow]:.1f}×" if each.operator == "airstep" else ""
        counts = (each.submit_jobs, each.describe_jobs, each.all_calls)
        drawn.add_row(WORKFLOWS[each.workflow], each.operator, f"{each.seconds:.1f}", *map(str, counts), faster)
    return drawn


def keep(path: Path, measured: list[Measurement], ratios: Mapping[str, float]) -> None:
    """Write the results, with what they were measured on."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {package: version(package) for package in PACKAGES},
        "times_faster": dict(ratios),
        "measurements": [asdict(each) for each in measured],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
