"""How long exports take: every shape in every size, each time from a DAG file that was parsed for it."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from asl_export.checks import definition_size, history
from asl_export.pipeline import QueryLanguage, export_dag, load_dag
from benchmarks.compiler.dag_file import dag_file
from benchmarks.compiler.workflows import SHAPES

JSONPATH_UP_TO = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export: seconds that Airflow took to parse the file, seconds from the DAG to the text, its bytes.

    `processor` is what the same took of the processor: nearly the same, except where the machine is busy with others.
    """

    parse_seconds: float
    seconds: float
    processor: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One shape in one size, JSONata: medians of all rounds, and the least seconds of the processor.

    `bytes` are minified, `jsonpath_bytes` those of the other dialect up to `JSONPATH_UP_TO` tasks.
    """

    shape: str
    tasks: int
    parse_seconds: float
    seconds: float
    processor_seconds: float
    bytes: int
    jsonpath_bytes: int | None


def measure_shapes(
    shapes: Sequence[str], sizes: Sequence[int], rounds: int, folder: Path, tell: Callable[[str], None]
) -> list[Measurement]:
    """Every shape in every size; a round goes through all of them, so that a slow minute slows no size alone."""
    cases = [(shape, size) for shape in shapes for size in sizes]
    files = {case: _write(folder, *case) for case in cases}
    with _limits_lifted():
        export_once(*_write(folder, "chain", 10), QueryLanguage.JSONATA)  # not kept: pays for what loads once
        small = [case for case in cases if case[1] <= JSONPATH_UP_TO]
        jsonpath = {case: export_once(*files[case], QueryLanguage.JSONPATH).bytes for case in small}
        exports: dict[tuple[str, int], list[Export]] = {case: [] for case in cases}
        for number in range(1, rounds + 1):
            for case in cases:
                tell(f"round {number} of {rounds}: {case[0]}, {case[1]:,} tasks …")
                exports[case].append(export_once(*files[case], QueryLanguage.JSONATA))
    return [
        Measurement(
            shape=shape,
            tasks=size,
            parse_seconds=round(median(each.parse_seconds for each in found), 4),
            seconds=round(median(each.seconds for each in found), 4),
            processor_seconds=round(min(each.processor for each in found), 4),
            bytes=found[0].bytes,
            jsonpath_bytes=jsonpath.get((shape, size)),
        )
        for (shape, size), found in exports.items()
    ]


def export_once(dag_id: str, file: Path, language: QueryLanguage) -> Export:
    """Parse a DAG file and export its DAG."""
    gc.collect()
    began = time.perf_counter()
    dag = load_dag(dag_id, file)
    parsed, before = time.perf_counter(), time.process_time()
    text = export_dag(dag, query_language=language).to_json(pretty=False)
    ended, after = time.perf_counter(), time.process_time()
    return Export(
        parse_seconds=parsed - began, seconds=ended - parsed, processor=after - before, bytes=len(text.encode())
    )


def _write(folder: Path, shape: str, size: int) -> tuple[str, Path]:
    workflow = SHAPES[shape](size)
    file = folder / f"{shape}_{size}.py"
    file.write_text(dag_file(workflow), encoding="utf-8")
    return workflow.name, file


@contextmanager
def _limits_lifted() -> Iterator[None]:
    """AWS takes a definition of 1 MiB and 25,000 events: growth is also to be seen beyond."""
    before = definition_size.MOST, history.MOST
    definition_size.MOST = history.MOST = sys.maxsize
    try:
        yield
    finally:
        definition_size.MOST, history.MOST = before
