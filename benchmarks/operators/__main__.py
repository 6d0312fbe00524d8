"""`python -m benchmarks.operators`: the stock BatchOperator and ours run the same jobs; seconds, calls, ratios.

Ten jobs that end at once with `airflow dags test`; a hundred and a thousand of a second each with a real scheduler. Of
the stock operator, and of ours as mapped tasks, the faster of waiting and deferring goes on to the larger size. The
exit code is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from asl_export.verify.children import interruptible
from benchmarks.kept import keep, versions
from benchmarks.operators import many_jobs, ten_jobs
from benchmarks.operators.plot import draw
from benchmarks.operators.report import (
    many_jobs_table,
    operator_promises,
    shortfalls,
    ten_jobs_table,
    waiting_text,
)
from benchmarks.operators.waiting import measure_waiting
from benchmarks.promises import told, wide_console
from tests.airflow_database import postgres_binaries

BENCHMARKS = Path(__file__).parents[1]
DEFERRED = 5_000
PACKAGES = ("apache-airflow", "apache-airflow-providers-amazon", "airstep", "boto3", "moto")


def main() -> int:
    """Measure, show, keep; 1 when a promise is broken."""
    options = _options()
    console = wide_console()
    with interruptible():
        waiting = measure_waiting(DEFERRED)
        with console.status("ten jobs …") as status:
            ten = ten_jobs.measure_ten_jobs(status.update)
        many = _many(options.jobs, options.limit, console)
    ratios = {workflow: ten_jobs.ratio(ten, workflow) for workflow in ten_jobs.WORKFLOWS}
    console.print(ten_jobs_table(ten, ratios), many_jobs_table(many), waiting_text(waiting))
    for text in shortfalls(many):
        console.print(text, highlight=False, soft_wrap=True)
    document = {
        "times_faster": ratios,
        "measurements": [asdict(each) for each in ten],
        "many_jobs": [asdict(each) for each in many],
        "many_jobs_database": "PostgreSQL" if postgres_binaries() else "SQLite",
        "waiting": asdict(waiting),
    }
    keep(options.output, versions(*PACKAGES), document)
    draw(many, options.plot)
    console.print(f"kept in {options.output} and {options.plot}")
    return told(console, operator_promises(ratios, many, waiting))


def _many(sizes: Sequence[int], limit: float, console: Console) -> list[many_jobs.Measurement]:
    """All operators at the smallest size, then those that are worth it."""
    operators = list(many_jobs.OPERATORS)
    try:
        with console.status("aiobotocore …"):
            aiobotocore = many_jobs.with_aiobotocore()
    except many_jobs.NoAiobotocoreError as error:
        console.print(f"the stock operator only as it waits in a worker; aiobotocore can't be installed here: {error}")
        operators.remove("stock_deferred")
        aiobotocore = {}
    measured: list[many_jobs.Measurement] = []
    for jobs in sorted(sizes):
        found = []
        for operator in operators:
            variables = aiobotocore if operator == "stock_deferred" else {}
            with (
                console.status(f"{jobs:,} jobs: {many_jobs.OPERATORS[operator]} …"),
                tempfile.TemporaryDirectory() as folder,
            ):
                found.append(many_jobs.measure(operator, jobs, Path(folder), limit, variables))
        best = (many_jobs.fastest(found, many_jobs.STOCK), many_jobs.fastest(found, many_jobs.MAPPED))
        operators = [*best, *many_jobs.MAPS]
        measured += found
    return measured


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.operators", description=(__doc__ or "").splitlines()[0])
    show = "default: %(default)s"
    parser.add_argument("--jobs", nargs="+", type=int, default=[100, 1_000], help=show)
    parser.add_argument("--limit", type=float, default=900, metavar="SECONDS", help=f"of a run of many jobs; {show}")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "results/operators.json", help=show)
    parser.add_argument("--plot", type=Path, default=BENCHMARKS.parent / "docs/operators_scale.svg", help=show)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
