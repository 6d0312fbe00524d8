"""When a task runs, and what becomes of it when it doesn't: Airflow's trigger rules as formulas.

Source: airflow.ti_deps.deps.trigger_rule_dep and not_previously_skipped_dep of Airflow 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asl_export.ir.graph import (
    ChoiceNode,
    FlowGraph,
    JoinNode,
    PollNode,
    TaskNode,
    WaitNode,
    tasks_of,
)
from asl_export.ir.status import BLOCKED_BY_FAILURE, Status, TriggerRule
from asl_export.outcomes.first import Precedence, Race, asked, precedence_of
from asl_export.outcomes.formula import FALSE, TRUE, Formula, atoms, ended, every, negation, some
from asl_export.outcomes.world import FAILURE


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
    builder = _Builder(nodes=nodes, upstream=upstream, precedence=precedence_of(graph, upstream))
    for task in builder.precedence.order.ids:
        builder.add(task)
    return Logic(
        tasks=builder.done,
        upstream={task: tuple(above) for task, above in upstream.items()},
        leaves=graph.leaves,
        races=tuple(dict.fromkeys(builder.precedence.races)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """`precedence` knows of the tasks in `done` whether a skip or a failure comes first."""

    nodes: Mapping[str, TaskNode]
    upstream: Mapping[str, Sequence[str]]
    precedence: Precedence
    done: dict[str, TaskLogic] = field(default_factory=dict)

    def add(self, task: str) -> None:
        node = self.nodes[task]
        runs, blocked = self.formulas(node)
        forced = some(
            ended(above, [option_way(number) for number, option in enumerate(choice.options) if task in option.skipped])
            for above in self.upstream[task]
            if isinstance(choice := self.nodes[above], ChoiceNode)
        )
        self.precedence.note_late_choices(node, blocked)
        runs, blocked = every([negation(forced), runs]), every([negation(forced), blocked])
        own = _own_ways(node)
        may_skip = every([negation(runs), negation(blocked)]) != FALSE and self.can_skip(node, forced)
        ways = own | ({Status.UPSTREAM_FAILED} if blocked != FALSE else set())
        ways |= {Status.SKIPPED} if may_skip or self.precedence.may_be_empty(task) else set()
        self.done[task] = TaskLogic(runs=runs, blocked=blocked, ways=frozenset(ways), own=own)
        self.precedence.note_ways(node, frozenset(ways), choices={atom.task for atom in atoms(forced)})

    def can_skip(self, node: TaskNode, forced: Formula) -> bool:
        """Whether the rule or a choice may skip the task at all, from how those upstream may end."""
        above = asked(node, self.upstream)
        if forced != FALSE:
            return True
        match node.rule:
            case TriggerRule.ALL_DONE | TriggerRule.ALWAYS | TriggerRule.NONE_FAILED:
                return any(Status.SKIPPED in self.done[task].ways for task in node.needs)
            case TriggerRule.ALL_FAILED | TriggerRule.ALL_SKIPPED | TriggerRule.ONE_FAILED | TriggerRule.ONE_DONE:
                return bool(above)
            case _:
                return any(Status.SKIPPED in self.done[task].ways for task in above)

    def formulas(self, node: TaskNode) -> tuple[Formula, Formula]:
        """When the rule lets the task run, and when it makes it upstream_failed; all tasks upstream have ended."""
        above = self.upstream[node.id]
        if node.rule is TriggerRule.ALWAYS or not above:
            return TRUE, FALSE
        runs, blocked = self.rule(node, above)
        if not node.needs:
            return runs, blocked
        if node.rule in BLOCKED_BY_FAILURE:
            failing = list(dict.fromkeys(asked(node, self.upstream)))
            skipping = failing if node.rule is TriggerRule.ALL_SUCCESS else node.needs
            _, blocked = self.first(node, failing=failing, skipping=skipping)
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
                first = [skips for skips in skipping if self.precedence.skip_counts(node, fails, way, skips)]
                blocked.append(every([self.any([fails], {way}), negation(self.any(first, {Status.SKIPPED}))]))
        return runs, some(blocked)

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
