"""`python -m tests.equivalence.model_soak 5000`: so many random DAGs against the model, in one process."""

from __future__ import annotations

import argparse
import sys
import time

from hypothesis import Phase, given, seed, settings

from asl_export.pipeline import QueryLanguage
from tests.equivalence.features import MODELLED
from tests.equivalence.judgement import LANGUAGES, PROFILE
from tests.equivalence.model_judgement import ModelDifferenceError, ModelTally, judge_by_model
from tests.equivalence.plans import Plan
from tests.equivalence.strategies import plans

CHUNK = 250
"""Examples of one seed."""


def main(arguments: list[str] | None = None) -> int:
    """Judge DAGs and print the smallest that differs of each chunk: 0 when none does, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.equivalence.model_soak", description=__doc__)
    parser.add_argument("examples", type=int, help="how many DAGs")
    parser.add_argument("--seed", type=int, default=1, help="of the first chunk (default: %(default)s)")
    parser.add_argument("--most-tasks", type=int, default=12, metavar="N", help="in a DAG (default: %(default)s)")
    options = parser.parse_args(arguments)
    tally, found, started = ModelTally(), 0, time.monotonic()
    for number in range(max(1, options.examples // CHUNK)):
        smallest = chunk(options.seed + number, tally, most_tasks=options.most_tasks)
        if smallest:
            found += 1
            print(f"--- seed {options.seed + number}\n{smallest}", flush=True)
    print(f"{tally}; {found} chunks with a find; {time.monotonic() - started:.0f} s")
    return 1 if found else 0


def chunk(number: int, tally: ModelTally, *, most_tasks: int) -> str | None:
    """Judge a chunk's DAGs; the smallest that differs."""
    smallest: list[str] = []

    def check(plan: Plan, language: QueryLanguage) -> None:
        try:
            judge_by_model(plan, language, tally)
        except ModelDifferenceError as error:
            smallest.append(str(error))
            smallest.sort(key=len)
            raise

    profile = settings(
        PROFILE,
        derandomize=False,
        max_examples=CHUNK,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
    )
    try:
        seed(number)(profile(given(plan=plans(MODELLED, most_tasks=most_tasks), language=LANGUAGES)(check)))()
    except ModelDifferenceError:
        return smallest[0]
    return None


if __name__ == "__main__":
    sys.exit(main())
