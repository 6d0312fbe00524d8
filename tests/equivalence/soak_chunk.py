"""A chunk of a soak: Hypothesis with a seed of its own, and the smallest DAG that isn't the same both ways."""

from __future__ import annotations

import contextlib
import signal
from collections import Counter
from multiprocessing.queues import Queue
from pathlib import Path

from hypothesis import Phase, given, seed, settings

from asl_export.pipeline import QueryLanguage
from tests.equivalence.engines import Engines, engines, local_aws
from tests.equivalence.judgement import LANGUAGES, PROFILE, DifferenceError, Tally, judge
from tests.equivalence.plans import Plan
from tests.equivalence.soak_state import CHUNK, ChunkResult
from tests.equivalence.strategies import plans

FRESH_AFTER = 10
"""Chunks until the local AWS and Airflow are started anew: they keep every job and run."""


def run_chunk(engines: Engines, number: int, start: int, *, examples: int = CHUNK, shrink: bool = True) -> ChunkResult:
    """Run a chunk's examples until one fails; then look for a smaller one that does."""
    tally = Tally()
    smallest: list[str] = []
    ran_before_failure: list[int] = []

    def check(plan: Plan, language: QueryLanguage) -> None:
        try:
            judge(engines, plan, language, tally)
        except DifferenceError as error:
            ran_before_failure.append(tally.ran)
            smallest.append(str(error))
            smallest.sort(key=len)
            raise

    phases = PROFILE.phases if shrink else (Phase.generate,)
    quiet = settings(PROFILE, derandomize=False, max_examples=examples, phases=phases, report_multiple_bugs=False)
    asked = seed(start)(quiet(given(plan=plans(), language=LANGUAGES)(check)))
    # A find is raised as it is or, if it didn't come again, in a group that says so.
    with contextlib.suppress(DifferenceError, ExceptionGroup), contextlib.redirect_stdout(None):
        asked()
    left_out = Counter(tally.refused) + Counter({"race": tally.raced})
    return ChunkResult(
        number=number,
        ran=ran_before_failure[0] if ran_before_failure else tally.ran,
        left_out=dict(left_out),
        counterexample=smallest[0] if smallest else None,
    )


def run_chunks(
    begin: Queue[tuple[int, int] | None], done: Queue[ChunkResult | BaseException], expressions: Path | None
) -> None:
    """Run chunks as they come, until None comes: what a process of a soak does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            while _some_chunks(begin, done, expressions):
                pass
        except Exception as error:
            done.put(error)


def _some_chunks(
    begin: Queue[tuple[int, int] | None], done: Queue[ChunkResult | BaseException], expressions: Path | None
) -> bool:
    """Whether there may be more chunks, after some on one local AWS."""
    with local_aws(expressions) as aws, engines(aws) as opened:
        for _ in range(FRESH_AFTER):
            chunk = begin.get()
            if chunk is None:
                return False
            done.put(run_chunk(opened, *chunk))
    return True
