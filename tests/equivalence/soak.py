"""`make soak EXAMPLES=5000`: thousands of random DAGs both ways, going on where it stopped."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asl_export.verify.children import interruptible
from tests.equivalence.soak_chunk import run_chunks
from tests.equivalence.soak_state import ChunkResult, SoakState, keep, load, save

FOLDER = Path(".airstep/soak")
STOP_AFTER = 20
"""Finds after which a soak stops: mostly they have one cause."""


def main(arguments: list[str] | None = None) -> int:
    """Soak: 0 when all DAGs were the same, 1 when some weren't, 130 when interrupted."""
    options = _parser().parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    state = load(options.folder, seed=options.seed)
    print(f"{options.folder}: seed {state.seed}, {state.ran} of {options.examples} examples done")
    try:
        with interruptible(), _processes(options.processes, options.record_expressions) as (begin, done):
            state = _soak(state, options, begin, done)
    except (KeyboardInterrupt, SystemExit):
        print("\nStopped. The same command goes on from the last chunk that was done.")
        return 130
    for file in state.found:
        print(f"not the same: {options.folder / file}")
    return 1 if state.found else 0


def _soak(state: SoakState, options: argparse.Namespace, begin: Any, done: Any) -> SoakState:
    """Hand out chunks and keep what comes back, until there are examples enough or too many finds."""
    started, before, begun = time.monotonic(), state.ran, frozenset[int]()
    while state.ran < options.examples and len(state.found) < options.stop_after:
        for number in state.open_chunks(options.processes - len(begun), begun=begun):
            begin.put((number, state.chunk_seed(number)))
            begun |= {number}
        result = done.get()
        if not isinstance(result, ChunkResult):
            raise result
        begun -= {result.number}
        file = keep(result.counterexample, options.folder, result.number) if result.counterexample else None
        state = state.after(result, file=file)
        save(state, options.folder)
        print(progress(state, options.examples, state.ran - before, time.monotonic() - started), flush=True)
        if file:
            print(f"  not the same: {options.folder / file}", flush=True)
    return state


def progress(state: SoakState, wanted: int, ran: int, seconds: float) -> str:
    """A line: how many, how fast, how long still, what was found.

    :param ran: examples since this start, in so many `seconds`.
    """
    rate = ran / seconds if seconds else 0.0
    left = max(wanted - state.ran, 0) / rate / 60 if rate else 0.0
    left_out = "".join(f", {count} left out ({why})" for why, count in sorted(state.left_out.items()))
    found = len(state.found)
    return f"{state.ran} of {wanted} · {rate:.2f} a second · {left:.0f} min left · {found} not the same{left_out}"


@contextmanager
def _processes(count: int, expressions: Path | None) -> Iterator[tuple[Any, Any]]:
    """So many processes, each with a local AWS and an Airflow; the queues in which chunks begin and are done."""
    context = multiprocessing.get_context("spawn")
    begin, done = context.Queue(), context.Queue()
    files = [expressions and expressions.with_suffix(f".{number}{expressions.suffix}") for number in range(count)]
    processes = [context.Process(target=run_chunks, args=(begin, done, file)) for file in files]
    for process in processes:
        process.start()
    try:
        yield begin, done
    finally:
        begin.cancel_join_thread()
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(60)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.equivalence.soak",
        description="Random DAGs from Airflow and from Step Functions; those that differ are kept as DAG files.",
    )
    parser.add_argument("--examples", type=int, default=5000, metavar="N", help="in all (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it is kept (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of a new soak (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="at a time (default: %(default)s)")
    parser.add_argument(
        "--stop-after", type=int, default=STOP_AFTER, metavar="N", help="finds, in all (default: %(default)s)"
    )
    parser.add_argument(
        "--record-expressions",
        type=Path,
        metavar="FILE",
        help="keep every JSONata expression that is evaluated, with its value; a file for each process",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
