"""The ways to run a DAG, and what each of them uses."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from airflow.sdk import DAG

from airstep.operators import BatchMapOperator
from airstep.operators.batch_map import MapStrategy
from asl_export.diagnostics import Diagnostic, ExportError
from asl_export.estimate.items import GivenItems, maps_of_dag
from asl_export.estimate.limits import CALLS_A_SECOND, DOLLARS_A_TRANSITION
from asl_export.estimate.polling import own_describes, stock_describes
from asl_export.estimate.walk import REST, Maps, Usage, Walked, walk
from asl_export.ir.graph import BatchMapNode, FlowGraph, tasks_of
from asl_export.pipeline import Export, QueryLanguage, export_dag

Strategy = MapStrategy | None
"""That of all `BatchMapOperator`s of a DAG, None for the one that each of them has, or where there are none."""

_ORDER: tuple[Strategy, ...] = (None, MapStrategy.JOBS, MapStrategy.ARRAY)


class Runner(StrEnum):
    """Who submits the jobs."""

    STOCK = "Airflow, stock"
    AIRFLOW = "Airflow"
    STEP_FUNCTIONS = "Step Functions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a part of a run, or all of it, asks of AWS; Step Functions describes no jobs: Batch tells it.

    `events` are those in the history of the machine's own execution.
    """

    submits: int
    describes: int = 0
    transitions: int = 0
    events: int = 0

    @property
    def submit_seconds(self) -> float:
        """The least time in which AWS Batch takes the jobs."""
        return self.submits / CALLS_A_SECOND

    @property
    def describe_seconds(self) -> float:
        """The least time in which AWS Batch answers."""
        return self.describes / CALLS_A_SECOND

    @property
    def dollars(self) -> float:
        """The price of the transitions."""
        return self.transitions * DOLLARS_A_TRANSITION

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            submits=self.submits + other.submits,
            describes=self.describes + other.describes,
            transitions=self.transitions + other.transitions,
            events=self.events + other.events,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to run a DAG; `parts` are by map, and `REST`.

    `child_events` is the longest history of a child of a distributed Map.
    """

    runner: Runner
    strategy: Strategy
    parts: Mapping[str, Cost]
    child_events: int = 0

    @property
    def whole(self) -> Cost:
        """All parts together."""
        return sum(self.parts.values(), Cost(submits=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What each way uses.

    `own` is the strategy that the DAG names for all of its maps, `refused` tells why one has no machine. `exact` is
    False where a machine chooses among ways that differ: then the costliest is counted.
    """

    dag_id: str
    items: Mapping[str, int]
    job_seconds: int
    own: Strategy
    ways: tuple[Way, ...]
    refused: Mapping[Strategy, tuple[Diagnostic, ...]]
    exact: bool


def estimate(
    dag: DAG,
    given: GivenItems,
    *,
    job_seconds: int = 300,
    query_language: QueryLanguage = QueryLanguage.JSONATA,
    exact: bool = False,
) -> Estimate:
    """What the ways to run a DAG use.

    :param job_seconds: how long a job takes, from its submission to its end: what Airflow asks meanwhile is counted.
    :param exact: as in `export_dag`.

    :raises ExportError: the DAG can't be exported with any strategy.
    :raises ItemsError: the numbers of items don't fit the DAG.
    """
    exports, refused = _exports(dag, lambda: export_dag(dag, query_language=query_language, exact=exact))
    graph = next(iter(exports.values())).graph
    counts = given.counts(maps_of_dag(graph))
    walked = {strategy: walk(export.machine, _maps(export, counts)) for strategy, export in exports.items()}
    jobs = _Jobs(counts=counts, walked=next(iter(walked.values())), batch=_batch_maps(graph))
    strategies = sorted([*exports, *refused], key=_ORDER.index)
    return Estimate(
        dag_id=graph.dag_id,
        items=counts,
        job_seconds=job_seconds,
        own=_own_strategy(dag),
        ways=(
            Way(runner=Runner.STOCK, strategy=None, parts=jobs.costs(MapStrategy.JOBS, stock_describes, job_seconds)),
            *(
                Way(runner=Runner.AIRFLOW, strategy=strategy, parts=jobs.costs(strategy, own_describes, job_seconds))
                for strategy in strategies
            ),
            *(
                Way(
                    runner=Runner.STEP_FUNCTIONS,
                    strategy=strategy,
                    parts={part: _exported(used) for part, used in each.parts.items()},
                    child_events=each.child_events,
                )
                for strategy, each in walked.items()
            ),
        ),
        refused=refused,
        exact=all(each.exact for each in walked.values()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Jobs:
    """The jobs of a run as any of its machines has them; those of `BatchMapOperator`s as a strategy makes them."""

    counts: Mapping[str, int]
    walked: Walked
    batch: Mapping[str, BatchMapNode]

    def costs(self, strategy: Strategy, describes: Callable[[int, int], int], seconds: int) -> Mapping[str, Cost]:
        """What a run from Airflow asks for by part."""
        costs: dict[str, Cost] = {}
        for part, used in self.walked.parts.items():
            jobs = self.jobs(part, used, strategy)
            # Those beside maps run at one time or another, and are asked for one by one.
            asked = jobs * describes(1, seconds) if part == REST else describes(jobs, seconds)
            costs[part] = Cost(submits=jobs, describes=asked)
        return costs

    def jobs(self, part: str, used: Usage, strategy: Strategy) -> int:
        """How many jobs a part submits."""
        node = self.batch.get(part)
        if node is None or not used.jobs:
            return used.jobs
        is_array = node.plan is not None if strategy is None else strategy is MapStrategy.ARRAY
        return _array_jobs(node, self.counts[part]) if is_array else self.counts[part]


def _array_jobs(node: BatchMapNode, count: int) -> int:
    return math.ceil(count / node.items_per_array_job)


def _exported(used: Usage) -> Cost:
    return Cost(submits=used.jobs + used.planning, transitions=used.transitions, events=used.events)


def _maps(export: Export, counts: Mapping[str, int]) -> Maps:
    batch = _batch_maps(export.graph)
    arrays = {name: _array_jobs(node, counts[name]) for name, node in batch.items() if node.plan is not None}
    return Maps(owners=export.owners, iterations={**counts, **arrays}, batch=frozenset(batch))


def _batch_maps(graph: FlowGraph) -> Mapping[str, BatchMapNode]:
    return {task.id: task for task in tasks_of(graph.region) if isinstance(task, BatchMapNode)}


def _exports(
    dag: DAG, export: Callable[[], Export]
) -> tuple[dict[Strategy, Export], dict[Strategy, tuple[Diagnostic, ...]]]:
    """The machine for each strategy, and why there is none for the others."""
    exports: dict[Strategy, Export] = {}
    refused: dict[Strategy, tuple[Diagnostic, ...]] = {}
    for strategy in _strategies(dag):
        with _with_strategy(dag, strategy):
            try:
                exports[strategy] = export()
            except ExportError as error:
                refused[strategy] = tuple(found for found in error.diagnostics if found.is_error)
    if not exports:
        raise ExportError(refused[_own_strategy(dag)])
    return exports, refused


def _operators(dag: DAG) -> list[Any]:
    return [task for task in dag.tasks if isinstance(task, BatchMapOperator)]


def _own_strategy(dag: DAG) -> Strategy:
    own = {MapStrategy(operator.strategy) for operator in _operators(dag)}
    return own.pop() if len(own) == 1 else None


def _strategies(dag: DAG) -> list[Strategy]:
    both: list[Strategy] = [MapStrategy.JOBS, MapStrategy.ARRAY]
    if not _operators(dag):
        return [None]
    return both if _own_strategy(dag) else [None, *both]


@contextlib.contextmanager
def _with_strategy(dag: DAG, strategy: Strategy) -> Iterator[None]:
    """The DAG with this strategy in all of its maps, and somebody to plan them, while the block runs."""
    before = [(operator, operator.strategy, operator.planner_job_definition) for operator in _operators(dag)]
    try:
        for operator, own, planner in before:
            operator.strategy = strategy or own
            operator.planner_job_definition = planner or "planner"
        yield
    finally:
        for operator, own, planner in before:
            operator.strategy, operator.planner_job_definition = own, planner
