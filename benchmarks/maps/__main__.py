"""`python -m benchmarks.maps`: maps of up to three million items: their time, memory and calls.

The largest run on an AWS that only counts, in this process's children; array jobs of children that do nothing run on
the local AWS. The exit code is 1 when a promise of `promises.py` is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from asl_export.verify.children import interruptible
from asl_export.verify.session import open_session
from asl_export.verify.stack import create_stack
from benchmarks.kept import keep, versions
from benchmarks.maps.listing import measure_listings
from benchmarks.maps.one_map import Phases
from benchmarks.maps.plot import draw
from benchmarks.maps.promises import map_promises
from benchmarks.maps.report import listings_table, phases_table
from benchmarks.maps.runs import Unfinished, run_array, run_simulated
from benchmarks.promises import told, wide_console

BENCHMARKS = Path(__file__).parents[1]


def main() -> int:
    """Measure, show, keep; 1 when a promise is broken."""
    options = _options()
    console = wide_console()
    with interruptible(), tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with console.status("listings …"):
            listings = measure_listings(options.listed)
        simulated = []
        for items in options.items:
            with console.status(f"{items:,} items on an AWS that only counts …"):
                simulated.append(run_simulated(items, folder))
        arrays = [_array(items, folder / str(items), options.limit, console) for items in options.array]
    console.print(listings_table(listings))
    console.print(phases_table("Objects of S3, on an AWS that only counts", simulated))
    console.print(phases_table("Lines of an object, array jobs of `true` on the local AWS", arrays))
    document = {
        "listings": [asdict(each) for each in listings],
        "simulated": [asdict(each) for each in simulated],
        "arrays": [asdict(each) for each in arrays],
    }
    keep(options.output, versions("apache-airflow", "airstep", "boto3", "moto"), document)
    draw(simulated, options.plot)
    console.print(f"kept in {options.output} and {options.plot}")
    return told(console, map_promises(simulated, arrays, listings))


def _array(items: int, folder: Path, limit: float, console: Console) -> Phases | Unfinished:
    with (
        console.status(f"{items:,} items by array on the local AWS …"),
        open_session(folder, images=BENCHMARKS / "images") as session,
    ):
        create_stack(session, BENCHMARKS / "stack.yaml", "benchmark")
        return run_array(items, session, limit)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.maps", description=(__doc__ or "").splitlines()[0])
    show = "default: %(default)s"
    parser.add_argument("--items", nargs="+", type=int, default=[100_000, 1_000_000, 3_000_000], help=show)
    parser.add_argument("--array", nargs="*", type=int, default=[10_000, 100_000], metavar="ITEMS", help=show)
    parser.add_argument("--limit", type=float, default=1800, metavar="SECONDS", help=f"of a map by array; {show}")
    parser.add_argument("--listed", type=int, default=100_000, metavar="OBJECTS", help=show)
    parser.add_argument("--output", type=Path, default=BENCHMARKS / "results/maps.json", help=show)
    parser.add_argument("--plot", type=Path, default=BENCHMARKS.parent / "docs/map_scale.svg", help=show)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
