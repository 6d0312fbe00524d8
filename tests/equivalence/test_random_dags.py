"""Random DAGs do the same from Airflow and from Step Functions.

`make soak EXAMPLES=5000` runs more of them, and keeps those that don't.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from asl_export.pipeline import QueryLanguage
from tests.equivalence.engines import Engines
from tests.equivalence.judgement import LANGUAGES, PROFILE, Tally, judge
from tests.equivalence.plans import Plan
from tests.equivalence.strategies import plans

pytestmark = pytest.mark.slow

EXAMPLES = 200
"""Hypothesis repeats itself, and some are refused: more than 100 of them run."""


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    counted = Tally()
    yield counted
    print(f"\nrandom DAGs: {counted}")


@settings(PROFILE, max_examples=EXAMPLES)
@given(plan=plans(), language=LANGUAGES)
def test_a_random_dag_does_the_same_both_ways(
    engines: Engines, tally: Tally, plan: Plan, language: QueryLanguage
) -> None:
    judge(engines, plan, language, tally)


def test_most_random_dags_could_be_compared(tally: Tally) -> None:
    assert tally.ran >= 100, tally
    assert tally.ran >= 0.7 * tally.tried, tally


def test_about_half_of_the_random_dags_have_failures(tally: Tally) -> None:
    assert 0.25 * tally.ran <= tally.failed_runs <= 0.75 * tally.ran, tally
