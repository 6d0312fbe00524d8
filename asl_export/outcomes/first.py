"""Whether a skip or a failure comes first, of those that Airflow decides a task by as soon as it sees one of them.

Source: airflow.ti_deps.deps.trigger_rule_dep of Airflow 3.3. Airflow looks at what waits when a task ends. What it
skips or blocks then is seen by others with the next look, as is the failure of a job that it starts then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from asl_export.ir.graph import (
    ChoiceNode,
    FlowGraph,
    MapNode,
    PollNode,
    TaskNode,
    maps_of,
    tasks_of,
)
from asl_export.ir.status import BLOCKED_BY_FAILURE, Status, TriggerRule
from asl_export.outcomes.formula import Formula, atoms
from asl_export.outcomes.world import FAILURE
from asl_export.structure.order import Order, levels, order_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Whether `task` is skipped or upstream_failed depends on which comes first: `fails`' failure, `skips`' skip.

    With `by_choice` the skip is what the choice `skips` decides: Airflow lets that replace upstream_failed, but not for
    the tasks further down, which have it by then.
    """

    task: str
    fails: str
    skips: str
    by_choice: bool = False


def precedence_of(graph: FlowGraph, upstream: Mapping[str, Sequence[str]]) -> Precedence:
    """What there is to know before any task is noted; `upstream` has the tasks directly before each."""
    nodes = {node.id: node for node in tasks_of(graph.region)}
    return Precedence(
        nodes=nodes,
        upstream=upstream,
        order=order_of(list(nodes), [(above, below) for below in upstream for above in upstream[below]]),
        empty_maps={_empty(mapped.id): _ids(mapped) for mapped in maps_of(graph.region) if mapped.count is None},
        submitted=graph.submitted_ahead,
        mapped_in={task: mapped.id for mapped in maps_of(graph.region) for task in _ids(mapped)},
    )


def asked(node: TaskNode, upstream: Mapping[str, Sequence[str]]) -> list[str]:
    """The tasks whose ends decide about one."""
    return [*upstream[node.id], *node.needs]


def _empty(mapped: str) -> str:
    """What stands among tasks for a map without items: no task has such an id."""
    return f"{mapped} without items"


def _ids(container: MapNode) -> list[str]:
    return [node.id for node in tasks_of(container.region)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """What may bring about the skips and failures of a DAG's tasks, as far as these are noted; and the races found.

    `causes`: what may bring about that a task is skipped, and how many looks Airflow takes for it at most.
    `block_causes`: likewise of one that is upstream_failed, at least. `item_causes`: the tasks of a map whose end may
    skip another task of it for some items and not for others. `submitted` are the tasks whose jobs one in front of
    their group submits.
    """

    nodes: Mapping[str, TaskNode]
    upstream: Mapping[str, Sequence[str]]
    order: Order
    empty_maps: Mapping[str, Sequence[str]]
    submitted: AbstractSet[str]
    mapped_in: Mapping[str, str]
    ways: dict[str, frozenset[str]] = field(default_factory=dict)
    causes: dict[str, Mapping[str, int]] = field(default_factory=dict)
    item_causes: dict[str, frozenset[str]] = field(default_factory=dict)
    block_causes: dict[str, Mapping[str, int]] = field(default_factory=dict)
    races: list[Race] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def note_ways(self, node: TaskNode, ways: frozenset[str], *, choices: AbstractSet[str]) -> None:
        """Note in which ways a task may end, once those upstream of it are noted; `choices` may skip it themselves."""
        self.ways[node.id] = ways
        self.causes[node.id] = self.skip_causes(node, choices) if Status.SKIPPED in ways else {}
        if node.id in self.mapped_in and Status.SKIPPED in ways:
            self.item_causes[node.id] = self.item_skip_causes(node, choices)

    def note_late_choices(self, node: TaskNode, blocked: Formula) -> None:
        """The races between a failure and a choice that skips the task, if anything follows the task.

        Of a group whose jobs are submitted at its start the choice skips the task that does it, which they follow.
        """
        task = node.id
        if not self.order.after[self.number(task)] and task not in self.submitted:
            return
        fails = dict.fromkeys(atom.task for atom in atoms(blocked) if atom.ways & FAILURE)
        for above in self.upstream[task]:
            choice = self.nodes[above]
            if not isinstance(choice, ChoiceNode) or not any(task in option.skipped for option in choice.options):
                continue
            # A failure before the choice mostly keeps it from running at all.
            late = [
                other
                for other in fails
                if other != above
                and not self.comes_before(above, other)
                and not (choice.rule is TriggerRule.ALL_SUCCESS and self.comes_before(other, above))
            ]
            self.races.extend(Race(task=task, fails=other, skips=above, by_choice=True) for other in late)

    def skip_counts(self, node: TaskNode, fails: str, way: str, skips: str) -> bool:
        """Whether a task's skip comes before another's failure; in a race it is taken for the first.

        Of what one and the same task's end brings about at once, Airflow sees the failure; the items of a map end at
        different times.
        """
        if skips == fails:  # of another item, if at all
            of_items = self.is_of_items(skips, node.id)
            causes: Mapping[str, int] = dict.fromkeys(self.item_causes.get(skips, ()), 0) if of_items else {}
            if not causes:
                return False
        elif not (causes := self.causes.get(skips, {})):
            return True
        failures = self.block_causes_of(fails) if way == Status.UPSTREAM_FAILED else {fails: 0}
        pairs = [
            (failure, cause)
            for failure in failures
            for cause in causes
            if failure not in self.empty_maps.get(cause, ())  # in a map without items nothing fails
        ]
        if all(self.is_first(failure, cause, seen_by=node.id) for failure, cause in pairs):
            return False
        if not all(
            failure != cause
            and self.is_first(cause, failure, seen_by=node.id)
            and self.leaves_time(cause, failure, causes[cause] - failures[failure])
            for failure, cause in pairs
        ):
            self.races.append(Race(task=node.id, fails=fails, skips=skips))
        return True

    def skip_causes(self, node: TaskNode, choices: AbstractSet[str]) -> dict[str, int]:
        """The tasks whose end, and the maps whose emptiness, may skip this one, by way of others or not."""
        found = {node.id: 0} if isinstance(node, PollNode) else {}
        if self.may_be_empty(node.id):
            found[_empty(self.mapped_in[node.id])] = 0
        for above in asked(node, self.upstream):
            if Status.SKIPPED in self.ways[above]:
                for cause, looks in self.causes[above].items():
                    found[cause] = max(found.get(cause, 0), looks + 1)
            if node.rule not in (TriggerRule.ALL_SUCCESS, TriggerRule.NONE_SKIPPED) or choices:
                found[above] = max(found.get(above, 0), 0 if above in choices else 1)
        return found

    def item_skip_causes(self, node: TaskNode, choices: AbstractSet[str]) -> frozenset[str]:
        """The tasks of a map whose end may skip another task of it for some items and not for others."""
        found: set[str] = {node.id} if isinstance(node, PollNode) else set()
        for above in asked(node, self.upstream):
            if self.mapped_in.get(above) == self.mapped_in[node.id]:
                found |= self.item_causes.get(above, frozenset())
                if node.rule not in (TriggerRule.ALL_SUCCESS, TriggerRule.NONE_SKIPPED) or above in choices:
                    found.add(above)
        return frozenset(found)

    def block_causes_of(self, task: str) -> Mapping[str, int]:
        """The tasks whose end may make one upstream_failed, by way of others or not, and the looks that it takes."""
        # Few DAGs ask for them, and in a long chain they are all tasks upstream.
        for each in list(self.ways)[len(self.block_causes) :]:
            self.block_causes[each] = self.causes_of_block(self.nodes[each])
        return self.block_causes[task]

    def causes_of_block(self, node: TaskNode) -> dict[str, int]:
        """What `block_causes` is to hold of a task, once it holds that of those upstream."""
        found: dict[str, int] = {}
        for above in asked(node, self.upstream):
            ways = self.ways[above]
            if Status.UPSTREAM_FAILED in ways:
                for cause, looks in self.block_causes[above].items():
                    found[cause] = min(found.get(cause, looks + 1), looks + 1)
            if node.rule not in BLOCKED_BY_FAILURE or Status.FAILED in ways:
                found[above] = 1
        return found

    def is_first(self, first: str, other: str, *, seen_by: str) -> bool:
        """Whether a task's end comes before another's or is the same, whatever the items that a task looks at.

        One of them may be a map's emptiness, which is known when its tasks would start.
        """
        if other in self.empty_maps:
            return any(self.comes_before(first, task) for task in self.empty_maps[other])
        if first in self.empty_maps:
            return any(self.comes_before(task, other) for task in self.empty_maps[first])
        if self.mapped_in.get(first) == self.mapped_in.get(other) and self.is_of_items(first, seen_by):
            return False
        return first == other or self.comes_before(first, other)

    def leaves_time(self, first: str, then: str, looks: int) -> bool:
        """Whether Airflow looks so often between the end of a task, or a map's emptiness, and the start of another."""
        if looks <= 0:
            return True
        starts = self.empty_maps.get(first, (first,))
        return any(self.between(start, then) >= looks for start in starts if self.comes_before(start, then))

    def between(self, first: str, then: str) -> int:
        """How many tasks run one after the other between two."""
        nodes = self.order.after[self.number(first)] & self.order.before[self.number(then)]
        return len(levels(self.order, nodes))

    def may_be_empty(self, task: str) -> bool:
        """Whether a task lies in a map that may have no items."""
        return task in self.mapped_in and _empty(self.mapped_in[task]) in self.empty_maps

    def is_of_items(self, task: str, seen_by: str) -> bool:
        """Whether a task lies in a map that another, which looks at it, doesn't."""
        return self.mapped_in.get(task) not in (None, self.mapped_in.get(seen_by))

    def comes_before(self, first: str, then: str) -> bool:
        """Whether a path leads from one task to another."""
        return bool(self.order.before[self.number(then)] >> self.number(first) & 1)

    def number(self, task: str) -> int:
        """A task's number in the order."""
        if not self.numbers:
            self.numbers.update({each: number for number, each in enumerate(self.order.ids)})
        return self.numbers[task]
