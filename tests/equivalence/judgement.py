"""What Hypothesis is asked: does a plan do the same both ways? With a count of what couldn't be asked."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.errors import UnsatisfiedAssumption

from asl_export.diagnostics import Code, ExportError
from asl_export.frontend.read import read_dag
from asl_export.outcomes.logic import logic_of
from asl_export.pipeline import Export, QueryLanguage
from tests.equivalence.engines import Engines, Example
from tests.equivalence.plans import Plan
from tests.equivalence.source import source

REFUSALS: dict[str, str] = {
    Code.GROUP_EDGES: "an edge into the middle of a fail-fast or mapped group: such a group is one state",
    Code.CHOICE: "a choice of each item, directly before a task outside of the mapped group",
    Code.QUERY_LANGUAGE: "JSONPath has no words for it",
    Code.TRIGGER_RULE: "a rule that asks how each task of a fail-fast group ended: the group ends as a whole",
}
"""Why the compiler may refuse a random DAG, by diagnostic code; any other refusal is a find."""

OWN_CYCLE = "cycle of Airflow's own making"
"""What Airflow says of some groups with a teardown: it adds edges of its own."""
RACE = "race"
"""The diagnostic code of a DAG whose end depends on timing, in Airflow too: there is nothing to compare."""

PROFILE = settings(
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
LANGUAGES: st.SearchStrategy[QueryLanguage] = st.sampled_from(list(QueryLanguage))


class DifferenceError(AssertionError):
    """A DAG that doesn't do the same both ways; its text is a DAG file with what differs on top."""


@dataclass(slots=True)
class Tally:
    """What became of the examples so far, and where the time went; `same` are those that were the same both ways."""

    same: set[tuple[str, QueryLanguage]] = field(default_factory=set, repr=False)
    ran: int = 0
    failed_runs: int = 0
    jobs: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    raced: int = 0
    seconds: Counter[str] = field(default_factory=Counter)

    @property
    def tried(self) -> int:
        """All different examples, but for those that were refused more than once."""
        return self.ran + self.raced + sum(self.refused.values())

    def add(self, example: Example) -> None:
        """Count an example that ran."""
        self.ran += 1
        self.failed_runs += not example.comparison.direct.outcome.succeeded
        self.jobs += len(example.comparison.pairs)
        self.seconds.update(example.seconds)

    def __str__(self) -> str:
        parts = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in self.seconds.items())
        refused = ", ".join(f"{count} refused ({code})" for code, count in sorted(self.refused.items()))
        return (
            f"{self.ran} ran with {self.jobs} jobs, {self.failed_runs} of them to failure; "
            f"{refused or 'none refused'}, {self.raced} races left out; {parts}"
        )


def judge(engines: Engines, plan: Plan, language: QueryLanguage, tally: Tally) -> None:
    """Run a plan both ways, once; leave out what can't be asked.

    :raises DifferenceError: the runs differ, Airflow doesn't end its own, the compiler refuses the DAG for a reason
        that isn't known, or something breaks.
    """
    try:
        _judge(engines, plan, language, tally)
    except (DifferenceError, UnsatisfiedAssumption):
        raise
    except Exception as error:
        raise DifferenceError(report(plan, language, traceback.format_exception(error))) from error


def _judge(engines: Engines, plan: Plan, language: QueryLanguage, tally: Tally) -> None:
    example_key = (source(plan), language)
    if example_key in tally.same:
        return
    try:
        dag, export = engines.export(plan, language)
    except ExportError as error:
        codes = sorted({str(item.code) for item in error.diagnostics if item.is_error})
        if "AirflowDagCycleException" in str(error):
            codes = [OWN_CYCLE]
        if unknown := [code for code in codes if code not in (*REFUSALS, OWN_CYCLE)]:
            raise DifferenceError(report(plan, language, [f"refused, {', '.join(unknown)}:", str(error)])) from error
        tally.refused.update(codes[:1])
        assume(False)
    if _is_race(dag, export):
        tally.raced += 1
        assume(False)
    example = engines.run(plan, language)
    tally.add(example)
    if example.differences:
        raise DifferenceError(report(plan, language, example.differences))
    tally.same.add(example_key)


def _is_race(dag: Any, export: Export) -> bool:
    graph = read_dag(dag).graph
    return any(str(item.code) == RACE for item in export.warnings) or (
        graph is not None and bool(logic_of(graph).races)
    )


def report(plan: Plan, language: QueryLanguage, differences: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """A DAG file to keep, with what differs as its docstring."""
    said = "\n".join(line for difference in differences for line in difference.splitlines())
    conf = f"\nStarted with {dict(plan.conf)}." if plan.conf else ""
    text = said.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""Not the same from Airflow and from Step Functions ({language}).{conf}\n\n{text}\n"""\n\n{source(plan)}'
