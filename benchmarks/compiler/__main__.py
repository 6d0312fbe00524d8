"""`python -m benchmarks.compiler`: how long exports take, how they grow, how large they get, and Metaflow beside us.

The DAGs are written out task by task, in six shapes. Metaflow gets an environment of its own on first use; where it
can't be had, the rest is measured without it. The exit code is 1 when a promise of `promises.py` is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from asl_export.verify.children import interruptible
from asl_export.verify.session import open_session
from asl_export.verify.stack import create_stack
from benchmarks.compiler.export_time import measure_shapes
from benchmarks.compiler.growth import growths
from benchmarks.compiler.metaflow import NoMetaflowError, metaflow_python, metaflow_version
from benchmarks.compiler.plot import draw
from benchmarks.compiler.promises import broken_promises
from benchmarks.compiler.report import comparison_table, growth_table, keep, time_table
from benchmarks.compiler.side_by_side import Comparison, compare
from benchmarks.compiler.workflows import SHAPES

BENCHMARKS = Path(__file__).parents[1]
SIZES = (100, 300, 1_000, 3_000, 5_000)
METAFLOW = Path(".airstep/metaflow-venv")


def main() -> int:
    """Measure, show, keep; 1 when a promise is broken."""
    options = _options()
    console = Console()
    with interruptible(), tempfile.TemporaryDirectory() as folder:
        with console.status("exports …") as status:
            measured = measure_shapes(options.shapes, options.sizes, options.rounds, Path(folder), status.update)
        found = growths(measured)
        console.print(time_table(measured), growth_table(found))
        compared: list[Comparison] = []
        if not options.without_metaflow:
            with console.status("Metaflow …") as status:
                compared = _beside_metaflow(Path(folder), options.rounds, console, status.update)
    if compared:
        console.print(comparison_table(compared))
    keep(options.output, measured, found, compared, metaflow_version() if compared else None)
    draw(measured, options.plot)
    console.print(f"kept in {options.output} and {options.plot}")
    broken = broken_promises(measured, found)
    for promise in broken:
        console.print(f"broken: {promise}")
    return 1 if broken else 0


def _beside_metaflow(folder: Path, rounds: int, console: Console, tell: Callable[[str], None]) -> list[Comparison]:
    try:
        python = metaflow_python(METAFLOW)
    except NoMetaflowError as error:
        console.print(f"without Metaflow, which can't be installed here: {error}")
        return []
    with open_session(folder / "session", images=BENCHMARKS / "images") as session:
        create_stack(session, BENCHMARKS / "stack.yaml", "benchmark")
        return compare(session, python, rounds, tell)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.compiler", description=(__doc__ or "").splitlines()[0])
    show = "default: %(default)s"
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="default: all")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), metavar="TASKS", help=show)
    parser.add_argument("--rounds", type=int, default=3, help=f"how often everything is measured; {show}")
    parser.add_argument("--without-metaflow", action="store_true", help="measure only ours")
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "results/compiler.json", help=show)
    parser.add_argument("--plot", type=Path, default=BENCHMARKS.parent / "docs/compiler_growth.svg", help=show)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
