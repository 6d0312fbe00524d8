"""When a task runs, and what becomes of it when it doesn't: Airflow's trigger rules as formulas.

Source: airflow.ti_deps.deps.trigger_rule_dep and not_previously_skipped_dep of Airflow 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asl_export.ir.graph import (
    ChoiceNode,
    FlowGraph,
    GraphNode,
    JoinNode,
    MapNode,
    PollNode,
    TaskNode,
    WaitNode,
    maps_of,
    nodes_of,
    tasks_of,
)
from asl_export.ir.status import BLOCKED_BY_FAILURE, Status, TriggerRule
from asl_export.outcomes.formula import FALSE, TRUE, Formula, atoms, ended, every, negation, some
from asl_export.outcomes.world import FAILURE
from asl_export.structure.order import Order, levels, order_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLogic:
    """A task runs when `runs` holds, is upstream_failed when `blocked` does, else skipped.

    `ways` are those in which it may end, `own` those in which it may end once it runs.
    """

    runs: Formula
    blocked: Formula
    ways: frozenset[str]
    own: frozenset[str]

    @property
    def skipped(self) -> Formula:
        """That it is skipped without running."""
        return every([negation(self.runs), negation(self.blocked)])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """The logic of all tasks of a DAG; `leaves` are the tasks whose failure is the run's."""

    tasks: Mapping[str, TaskLogic]
    upstream: Mapping[str, tuple[str, ...]]
    leaves: frozenset[str]
    races: tuple[Race, ...]

    def failed(self) -> Formula:
        """That the run as a whole has failed."""
        return some(ended(leaf, self.tasks[leaf].ways & FAILURE) for leaf in sorted(self.leaves))


def option_way(number: int) -> str:
    """The way in which a choice ends that took an option."""
    return f"option {number}"


def logic_of(graph: FlowGraph) -> Logic:
    """The logic of a DAG's tasks, each worked out after those upstream of it."""
    nodes = {node.id: node for node in tasks_of(graph.region)}
    edges = [edge for edge in graph.region.edges if edge[0] in nodes and edge[1] in nodes]
    upstream: dict[str, list[str]] = {task: [] for task in nodes}
    for above, below in dict.fromkeys(edges):
        upstream[below].append(above)
    order = order_of(list(nodes), edges)
    empty_maps = {_empty(mapped.id): _ids(mapped) for mapped in maps_of(graph.region) if mapped.count is None}
    job_graphs = [node for node in nodes_of(graph.region) if isinstance(node, GraphNode)]
    builder = _Builder(
        nodes=nodes,
        upstream=upstream,
        order=order,
        empty_maps=empty_maps,
        followed={above for above, _ in edges},
        submitted={task for job_graph in job_graphs for task in _ids(job_graph)},
        mapped_in={task: mapped.id for mapped in maps_of(graph.region) for task in _ids(mapped)},
    )
    for task in order.ids:
        builder.add(task)
    return Logic(
        tasks=builder.done,
        upstream={task: tuple(above) for task, above in upstream.items()},
        leaves=graph.leaves,
        races=tuple(dict.fromkeys(builder.races)),
    )


def _empty(mapped: str) -> str:
    """What stands among tasks for a map without items: no task has such an id."""
    return f"{mapped} without items"


def _ids(container: MapNode | GraphNode) -> list[str]:
    return [node.id for node in tasks_of(container.region)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """`causes`: what may bring about that a task is skipped, and how many looks Airflow takes for it at most.

    `block_causes`: likewise of one that is upstream_failed, at least. Airflow looks at what waits when a task ends.
    What it skips or blocks then is seen by others with the next look, as is the failure of a job that it starts then.
    """

    nodes: Mapping[str, TaskNode]
    upstream: Mapping[str, Sequence[str]]
    order: Order
    empty_maps: Mapping[str, Sequence[str]]
    followed: set[str]
    submitted: set[str]
    mapped_in: Mapping[str, str]
    done: dict[str, TaskLogic] = field(default_factory=dict)
    causes: dict[str, Mapping[str, int]] = field(default_factory=dict)
    item_causes: dict[str, frozenset[str]] = field(default_factory=dict)
    block_causes: dict[str, Mapping[str, int]] = field(default_factory=dict)
    races: list[Race] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, task: str) -> None:
        node = self.nodes[task]
        runs, blocked = self.formulas(node)
        forced = some(
            ended(above, [option_way(number) for number, option in enumerate(choice.options) if task in option.skipped])
            for above in self.upstream[task]
            if isinstance(choice := self.nodes[above], ChoiceNode)
        )
        self.note_late_choices(task, blocked)
        runs, blocked = every([negation(forced), runs]), every([negation(forced), blocked])
        own = _own_ways(node)
        may_skip = every([negation(runs), negation(blocked)]) != FALSE and self.can_skip(node, forced)
        ways = own | ({Status.UPSTREAM_FAILED} if blocked != FALSE else set())
        ways |= {Status.SKIPPED} if may_skip or self.may_be_empty(task) else set()
        self.done[task] = TaskLogic(runs=runs, blocked=blocked, ways=frozenset(ways), own=own)
        self.causes[task] = self.skip_causes(node, forced) if Status.SKIPPED in ways else {}
        if task in self.mapped_in and Status.SKIPPED in ways:
            self.item_causes[task] = self.item_skip_causes(node, forced)

    def note_late_choices(self, task: str, blocked: Formula) -> None:
        """The races between a failure and a choice that skips the task, if anything follows the task.

        Of a job graph the choice skips the task that submits it, which the jobs follow.
        """
        if task not in self.followed and task not in self.submitted:
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

    def can_skip(self, node: TaskNode, forced: Formula) -> bool:
        """Whether the rule or a choice may skip the task at all, from how those upstream may end."""
        above = self.asked(node)
        if forced != FALSE:
            return True
        match node.rule:
            case TriggerRule.ALL_DONE | TriggerRule.ALWAYS | TriggerRule.NONE_FAILED:
                return any(Status.SKIPPED in self.done[task].ways for task in node.needs)
            case TriggerRule.ALL_FAILED | TriggerRule.ALL_SKIPPED | TriggerRule.ONE_FAILED | TriggerRule.ONE_DONE:
                return bool(above)
            case _:
                return any(Status.SKIPPED in self.done[task].ways for task in above)

    def asked(self, node: TaskNode) -> list[str]:
        return [*self.upstream[node.id], *node.needs]

    def skip_causes(self, node: TaskNode, forced: Formula) -> dict[str, int]:
        """The tasks whose end, and the maps whose emptiness, may skip this one, by way of others or not."""
        found = {node.id: 0} if isinstance(node, PollNode) else {}
        if self.may_be_empty(node.id):
            found[_empty(self.mapped_in[node.id])] = 0
        choices = {atom.task for atom in atoms(forced)}  # they skip it themselves
        for above in self.asked(node):
            if Status.SKIPPED in self.done[above].ways:
                for cause, looks in self.causes[above].items():
                    found[cause] = max(found.get(cause, 0), looks + 1)
            if node.rule not in (TriggerRule.ALL_SUCCESS, TriggerRule.NONE_SKIPPED) or forced != FALSE:
                found[above] = max(found.get(above, 0), 0 if above in choices else 1)
        return found

    def item_skip_causes(self, node: TaskNode, forced: Formula) -> frozenset[str]:
        """The tasks of a map whose end may skip another task of it for some items and not for others."""
        found: set[str] = {node.id} if isinstance(node, PollNode) else set()
        choices = {atom.task for atom in atoms(forced)}
        for above in self.asked(node):
            if self.mapped_in.get(above) == self.mapped_in[node.id]:
                found |= self.item_causes.get(above, frozenset())
                if node.rule not in (TriggerRule.ALL_SUCCESS, TriggerRule.NONE_SKIPPED) or above in choices:
                    found.add(above)
        return frozenset(found)

    def formulas(self, node: TaskNode) -> tuple[Formula, Formula]:
        """When the rule lets the task run, and when it makes it upstream_failed; all tasks upstream have ended."""
        above = self.upstream[node.id]
        if node.rule is TriggerRule.ALWAYS or not above:
            return TRUE, FALSE
        runs, blocked = self.rule(node, above)
        if not node.needs:
            return runs, blocked
        if node.rule in BLOCKED_BY_FAILURE:
            asked = list(dict.fromkeys(self.asked(node)))
            skipping = asked if node.rule is TriggerRule.ALL_SUCCESS else node.needs
            _, blocked = self.first(node, failing=asked, skipping=skipping)
            return every([runs, negation(self.any(node.needs, FAILURE | {Status.SKIPPED}))]), blocked
        met, barred = self.first(node, failing=node.needs, skipping=node.needs)
        return every([met, runs]), some([barred, every([negation(self.any(node.needs, {Status.SKIPPED})), blocked])])

    def rule(self, node: TaskNode, above: Sequence[str]) -> tuple[Formula, Formula]:
        success = self.any(above, _SUCCESS)
        failure = self.any(above, FAILURE)
        skip = self.any(above, {Status.SKIPPED})
        match node.rule:
            case TriggerRule.ALL_SUCCESS:
                return self.first(node, failing=above, skipping=above)
            case TriggerRule.ALL_FAILED:
                return every([negation(success), negation(skip)]), FALSE
            case TriggerRule.ALL_DONE | TriggerRule.ALWAYS:
                return TRUE, FALSE
            case TriggerRule.NONE_FAILED:
                return negation(failure), failure
            case TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
                return every([negation(failure), success]), failure
            case TriggerRule.NONE_SKIPPED:
                return negation(skip), FALSE
            case TriggerRule.ALL_SKIPPED:
                return every([negation(success), negation(failure)]), FALSE
            case TriggerRule.ONE_SUCCESS:
                return success, every([negation(success), failure])
            case TriggerRule.ONE_FAILED:
                return failure, FALSE
            case TriggerRule.ONE_DONE:
                return some([success, self.any(above, {Status.FAILED})]), FALSE
            case TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
                return every([negation(skip), success]), every([negation(skip), negation(success)])
            case TriggerRule.ALL_DONE_SETUP_SUCCESS:
                return self.after_setups([task for task in above if self.nodes[task].is_setup])

    def after_setups(self, setups: Sequence[str]) -> tuple[Formula, Formula]:
        """A teardown runs once one of its setups has succeeded."""
        if not setups:
            return TRUE, FALSE
        success, failure = self.any(setups, _SUCCESS), self.any(setups, FAILURE)
        return success, every([negation(success), failure])

    def first(self, node: TaskNode, *, failing: Sequence[str], skipping: Sequence[str]) -> tuple[Formula, Formula]:
        """Airflow decides as soon as one of some tasks has failed or one of others was skipped: by what comes first."""
        failure, skip = self.any(failing, FAILURE), self.any(skipping, {Status.SKIPPED})
        runs = every([negation(failure), negation(skip)])
        if FALSE in (failure, skip):
            return runs, failure
        blocked = []
        for fails in failing:
            # A task's own failure and that of a task before it come at different times: a skip may lie between them.
            for way in sorted(FAILURE & self.done[fails].ways):
                first = [skips for skips in skipping if self.skip_counts(node, fails, way, skips)]
                blocked.append(every([self.any([fails], {way}), negation(self.any(first, {Status.SKIPPED}))]))
        return runs, some(blocked)

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

    def block_causes_of(self, task: str) -> Mapping[str, int]:
        """The tasks whose end may make one upstream_failed, by way of others or not, and the looks that it takes."""
        # Few DAGs ask for them, and in a long chain they are all tasks upstream.
        for each in list(self.done)[len(self.block_causes) :]:
            self.block_causes[each] = self.causes_of_block(self.nodes[each])
        return self.block_causes[task]

    def causes_of_block(self, node: TaskNode) -> dict[str, int]:
        found: dict[str, int] = {}
        for above in self.asked(node):
            ways = self.done[above].ways
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
        return bool(self.order.before[self.number(then)] >> self.number(first) & 1)

    def number(self, task: str) -> int:
        if not self.numbers:
            self.numbers.update({each: number for number, each in enumerate(self.order.ids)})
        return self.numbers[task]

    def any(self, tasks: Iterable[str], statuses: Iterable[str]) -> Formula:
        """That one of the tasks ended so; what can't be is left out."""
        return some(ended(task, self.ways(task, frozenset(statuses)) & self.done[task].ways) for task in tasks)

    def ways(self, task: str, statuses: frozenset[str]) -> frozenset[str]:
        node = self.nodes[task]
        if isinstance(node, ChoiceNode) and Status.SUCCESS in statuses:
            return statuses | {option_way(number) for number in range(len(node.options))}
        return statuses


_SUCCESS = frozenset({Status.SUCCESS})


def _own_ways(node: TaskNode) -> frozenset[str]:
    match node:
        case ChoiceNode(options=options):
            return frozenset(option_way(number) for number in range(len(options)))
        case JoinNode() | WaitNode():
            return _SUCCESS
        case PollNode(soft_fail=True):
            return frozenset({Status.SUCCESS, Status.FAILED, Status.SKIPPED})
        case _:
            return frozenset({Status.SUCCESS, Status.FAILED})


def is_strict(graph: FlowGraph, logic: Logic) -> bool:
    """Whether a failure blocks all that follows it, and nothing is ever skipped."""
    return all(
        node.rule in BLOCKED_BY_FAILURE and node.counts and Status.SKIPPED not in logic.tasks[node.id].ways
        for node in tasks_of(graph.region)
    )
