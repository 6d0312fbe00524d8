"""Where a machine's order differs from its DAG's, with the DAG as plain names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, product

from tests.asl_order.order import Order

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """A DAG as names. Tasks without a state, such as EmptyOperators, hold edges together.

    `states` has all tasks with their Task states, `maps` what runs a task once per item, outermost first: mapped
    groups, then the task itself if it is mapped. `submitting` tasks are done as soon as their job is submitted.
    `deciding` tasks decide which of those after them run; only those after the same one may be alternatives.
    """

    states: Mapping[str, Sequence[str]]
    edges: Collection[Pair]
    maps: Mapping[str, Sequence[str]]
    submitting: Collection[str] = ()
    deciding: Collection[str] = ()


class Fault(StrEnum):
    """What can be wrong with a pair of tasks, or with one (then both are the same)."""

    NOT_RUN = "nothing leads to {first}"
    ITEMS = "{first} and {second} are in other maps together than in the DAG"
    NOT_ORDERED = "{second} doesn't wait for {first}"
    NOT_PARALLEL = "{second} waits for {first}, and needn't"
    ALTERNATIVES = "{first} and {second} never run both"
    NO_BARRIER = "{second} doesn't wait for {first}, as was warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fault; its text is a sentence."""

    fault: Fault
    first: str
    second: str

    def __str__(self) -> str:
        return self.fault.format(first=self.first, second=self.second)


def compare(order: Order, dag: Dag, allowed_extra: Collection[Pair] = ()) -> tuple[Difference, ...]:
    """All differences, none when the machine orders what the DAG orders and nothing else.

    :param allowed_extra: tasks (first, second) of which the export warned that the second waits for the first; what
        follows from them together with the DAG's edges is allowed, and they must be true.
    """
    return tuple(_differences(order, dag, frozenset(allowed_extra)))


def _differences(order: Order, dag: Dag, extra: frozenset[Pair]) -> Iterator[Difference]:
    asked, allowed = _reachable(dag.states, dag.edges), _reachable(dag.states, {*dag.edges, *extra})
    tasks = [task for task, states in dag.states.items() if states]
    for task in tasks:
        if not all(order.runs(state) for state in dag.states[task]):
            yield Difference(fault=Fault.NOT_RUN, first=task, second=task)
        if max(len(order.maps(state, state)) for state in dag.states[task]) != len(dag.maps.get(task, ())):
            yield Difference(fault=Fault.ITEMS, first=task, second=task)
    for one, other in combinations(tasks, 2):
        first, second = (other, one) if one in asked[other] else (one, other)
        pair = _Pair(order=order, dag=dag, first=first, second=second)
        found = pair.ordered_faults(asked) if second in asked[first] else pair.free_faults(asked, allowed, extra)
        yield from (Difference(fault=fault, first=early, second=late) for fault, early, late in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two tasks of which the second may depend on the first, but not the other way round."""

    order: Order
    dag: Dag
    first: str
    second: str

    def ordered_faults(self, asked: Mapping[str, Collection[str]]) -> Iterator[tuple[Fault, str, str]]:
        """What is wrong with tasks that the DAG orders."""
        yield from self._shared_faults(asked)
        together = [pair for pair in self._states(self.first, self.second) if self.order.together(*pair)]
        if not all(self._before(self.first, *pair) for pair in together):
            yield Fault.NOT_ORDERED, self.first, self.second

    def free_faults(
        self, asked: Mapping[str, Collection[str]], allowed: Mapping[str, Collection[str]], extra: Collection[Pair]
    ) -> Iterator[tuple[Fault, str, str]]:
        """What is wrong with tasks that the DAG doesn't order."""
        yield from self._shared_faults(asked)
        for early, late in ((self.first, self.second), (self.second, self.first)):
            ordered = [self._before(early, *pair) for pair in self._states(early, late)]
            if any(ordered) and late not in allowed[early]:
                yield Fault.NOT_PARALLEL, early, late
            if (early, late) in extra and not all(ordered):
                yield Fault.NO_BARRIER, early, late

    def _shared_faults(self, asked: Mapping[str, Collection[str]]) -> Iterator[tuple[Fault, str, str]]:
        pairs = list(self._states(self.first, self.second))
        if not any(self.order.together(*pair) for pair in pairs) and not self._may_be_alternatives(asked):
            yield Fault.ALTERNATIVES, self.first, self.second
        one, other = (self.dag.maps.get(task, ()) for task in (self.first, self.second))
        shared = sum(here == there for here, there in zip(one, other, strict=False))
        if any(len(self.order.maps(*pair)) != shared for pair in pairs):
            yield Fault.ITEMS, self.first, self.second

    def _may_be_alternatives(self, asked: Mapping[str, Collection[str]]) -> bool:
        after = ({task, *asked[task]} for task in self.dag.deciding)
        return any({self.first, self.second} <= tasks for tasks in after)

    def _before(self, task: str, first: str, second: str) -> bool:
        before = self.order.state_before if task in self.dag.submitting else self.order.before
        return before(first, second)

    def _states(self, first: str, second: str) -> Iterator[Pair]:
        return product(self.dag.states[first], self.dag.states[second])


def _reachable(tasks: Collection[str], edges: Collection[Pair]) -> dict[str, frozenset[str]]:
    """The tasks after each task."""
    below: dict[str, list[str]] = {task: [] for task in tasks}
    for first, second in edges:
        below[first].append(second)
    found: dict[str, frozenset[str]] = {}
    for task in tasks:
        seen, waiting = set[str](), list(below[task])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(below[name])
        found[task] = frozenset(seen)
    return found
