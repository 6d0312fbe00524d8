"""Fail-fast groups of which a part goes on in Airflow when the machine has ended the group as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GroupNode, TaskNode, nodes_of, tasks_of
from asl_export.ir.status import Status
from asl_export.outcomes.formula import FALSE, TRUE, Formula, substituted
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import FAILURE, World, holds, one_of


def check_group_failures(graph: FlowGraph, logic: Logic) -> Iterator[Diagnostic]:
    """A refusal for each fail-fast group with a task that a failure in it, or before it, doesn't stop in Airflow."""
    for node in nodes_of(graph.region):
        if isinstance(node, GroupNode):
            group = _Group(id=node.id, tasks={task.id: task for task in tasks_of(node.region)}, logic=logic)
            yield from group.half_started()
            yield from group.skipped_after_failure()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    id: str
    tasks: Mapping[str, TaskNode]
    logic: Logic

    def half_started(self) -> Iterator[Diagnostic]:
        """The tasks that may run although others of the group are upstream_failed before it starts."""
        starting = [task for task in self.tasks if self.is_asked_outside(task)]
        blocked = {task: self.from_outside(self.logic.tasks[task].blocked) for task in starting}
        for task in starting:
            other = next((each for each in starting if blocked[each] not in (FALSE, blocked[task])), None)
            if other is not None:
                yield self.refused(
                    task,
                    f"it may run although {other!r} is upstream_failed",
                    why=f"a task of {self.id!r} that fails before it starts ends the group as a whole, this task too",
                    fix=f"give it the trigger rule of {other!r}, or the group fail_fast=False",
                )

    def skipped_after_failure(self) -> Iterator[Diagnostic]:
        """The tasks that may be skipped although a task of the group, upstream of them, has failed."""
        for task in self.tasks:
            for above in self.logic.upstream[task]:
                if above in self.tasks and any(
                    holds(self.logic.tasks[task].blocked, World(ends={above: one_of({way})})) is not True
                    for way in FAILURE & self.logic.tasks[above].ways
                ):
                    yield self.refused(
                        task,
                        f"it may be skipped although {above!r} fails",
                        why=f"then Airflow may end {self.id!r} without a failure, and the machine has stopped it",
                        fix="order the tasks so that only one of both can be, or give the group fail_fast=False",
                    )
                    break

    def is_asked_outside(self, task: str) -> bool:
        """Whether how a task starts depends on what lies outside, or on nothing in the group."""
        above = {*self.logic.upstream[task], *self.tasks[task].setups}
        return bool(above - set(self.tasks)) or not above

    def from_outside(self, formula: Formula) -> Formula:
        """What a formula asks of tasks outside, when all goes well inside."""
        ends = {
            task: {way: FALSE if way in (*FAILURE, Status.SKIPPED) else TRUE for way in self.logic.tasks[task].ways}
            for task in self.tasks
        }
        return substituted(formula, ends)

    def refused(self, task: str, message: str, *, why: str, fix: str) -> Diagnostic:
        where = self.tasks[task].field("trigger_rule")
        return Diagnostic(code=Code.TRIGGER_RULE, message=message, location=where, why=why, fix=fix)
