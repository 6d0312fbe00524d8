"""Fail-fast groups of which a part goes on in Airflow when the machine has ended the group as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import ChoiceNode, FlowGraph, GroupNode, TaskNode, maps_of, nodes_of, tasks_of
from asl_export.ir.status import Status
from asl_export.outcomes.formula import FALSE, TRUE, Ended, Every, Formula, Some, substituted
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import FAILURE, End, World, holds, one_of


def check_group_failures(graph: FlowGraph, logic: Logic) -> Iterator[Diagnostic]:
    """A refusal for each fail-fast group with a task that a failure in it, or before it, doesn't stop in Airflow."""
    place = {task: number for number, task in enumerate(logic.tasks)}
    mapped = {task.id for each in maps_of(graph.region) for task in tasks_of(each.region)}
    for node in nodes_of(graph.region):
        if isinstance(node, GroupNode):
            tasks = {task.id: task for task in sorted(tasks_of(node.region), key=lambda task: place[task.id])}
            empty = {task.id for each in maps_of(node.region) if each.count is None for task in tasks_of(each.region)}
            group = _Group(id=node.id, tasks=tasks, may_be_empty=empty, mapped=mapped, logic=logic)
            yield from group.half_started()
            yield from group.skipped_beside_failures()


_NOT_RUN = {
    True: one_of({Status.UPSTREAM_FAILED}),
    False: one_of({Status.SKIPPED}),
    None: one_of({Status.UPSTREAM_FAILED, Status.SKIPPED}),
}
"""How a task ends that doesn't run, by whether it is blocked; None where that isn't known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A group; its tasks each behind those upstream of it. `mapped` are those in any map, of the group or not."""

    id: str
    tasks: Mapping[str, TaskNode]
    may_be_empty: set[str]
    mapped: set[str]
    logic: Logic

    def half_started(self) -> Iterator[Diagnostic]:
        """The tasks that may run although others of the group are upstream_failed before it starts."""
        starting = [task for task in self.tasks if self.is_asked_outside(task)]
        blocked = {task: self.from_outside(self.logic.tasks[task].blocked) for task in starting}
        formulas = set(blocked.values())
        if len(formulas) == 1:
            return
        together = {formula: self.blocked_with(formula) for formula in formulas}
        for task in starting:
            differing = (each for each in starting if blocked[each] not in (FALSE, blocked[task]))
            other = next((each for each in differing if task not in together[blocked[each]]), None)
            if other is not None:
                yield Diagnostic(
                    code=Code.TRIGGER_RULE,
                    message=f"it may run although {other!r} is upstream_failed",
                    location=self.tasks[task].field("trigger_rule"),
                    why=f"a task of {self.id!r} that fails before it starts ends the group as a whole, this task too",
                    fix=f"give it the trigger rule of {other!r}, or the group fail_fast=False",
                )

    def blocked_with(self, formula: Formula) -> frozenset[str]:
        """The group's tasks that are certain to be upstream_failed when a formula on tasks outside holds."""
        causes = _causes(formula)
        return frozenset.intersection(*(self.blocked_by(*cause) for cause in causes)) if causes else frozenset()

    def blocked_by(self, cause: str, way: str) -> frozenset[str]:
        """The group's tasks that are certain to be upstream_failed when a task outside has ended in some way.

        It is by way of others, outside and inside, that are so too; all else inside goes well.
        """
        ends = {cause: End(must=frozenset({way}), may=self.logic.tasks[cause].ways)}
        world, found = World(ends=ends), set[str]()
        for task, own in self.logic.tasks.items():
            # What is mapped may be so for some items only, or have none.
            sure = task not in (self.may_be_empty if task in self.tasks else self.mapped)
            if task == cause:
                continue
            if sure and holds(own.blocked, world):
                ends[task] = End(must=frozenset({Status.UPSTREAM_FAILED}), may=own.ways)
                found.add(task)
            elif task in self.tasks:
                ends[task] = one_of(own.ways - FAILURE - {Status.SKIPPED})
        return frozenset(found & set(self.tasks))

    def skipped_beside_failures(self) -> Iterator[Diagnostic]:
        """The tasks that may be skipped while another task of the group, upstream of them, fails."""
        known = {race.task for race in self.logic.races}
        told: set[str] = set()
        for cause, way in self.causes():
            world = self.after(cause, way)
            for task, end in world.ends.items():
                fails = next((each for each in self.logic.upstream[task] if self.may_fail(each, world)), None)
                if end.may == {Status.SKIPPED} and fails is not None and task not in (*told, *known):
                    told.add(task)
                    yield self.late(task, cause, fails, certain=self.comes_before(cause, fails))

    def causes(self) -> Iterator[tuple[str, str]]:
        """Tasks with a way of ending after which others are skipped."""
        for task, node in self.tasks.items():
            own = self.logic.tasks[task].own | ({Status.SKIPPED} if task in self.may_be_empty else frozenset())
            yield from ((task, way) for way in sorted(own) if isinstance(node, ChoiceNode) or way == Status.SKIPPED)

    def after(self, cause: str, way: str) -> World:
        """What is certain of the group's tasks once one has ended in some way."""
        ends = {cause: one_of({way})}
        world = World(ends=ends)
        for task in self.tasks:
            own = self.logic.tasks[task]
            if task != cause and holds(own.runs, world) is False:
                ends[task] = _NOT_RUN[holds(own.blocked, world)]
        return world

    def may_fail(self, task: str, world: World) -> bool:
        """Whether a task of the group may fail, or be upstream_failed, as far as is known."""
        ways = world.ends[task].may if task in world.ends else self.logic.tasks[task].ways
        return task in self.tasks and bool(ways & FAILURE)

    def comes_before(self, first: str, then: str) -> bool:
        """Whether a task has always ended before another starts."""
        seen, waiting = {then}, [then]
        while waiting:
            above = set(self.logic.upstream[waiting.pop()]) - seen
            seen |= above
            waiting.extend(above)
        return first in seen

    def late(self, task: str, cause: str, fails: str, *, certain: bool) -> Diagnostic:
        """What to say of a skip beside a failure: an error, unless the failure may come first in Airflow too."""
        return Diagnostic(
            code=Code.TRIGGER_RULE if certain else Code.RACE,
            message=f"{task!r} may be skipped by {cause!r} although {fails!r} fails",
            location=self.tasks[task].field("trigger_rule"),
            why=f"if the skip comes first, Airflow may end {self.id!r} well; the machine stops at the failure",
            fix="give it the rule none_failed, order the tasks so that only one of both can be, or give the group "
            "fail_fast=False",
            severity=Severity.ERROR if certain else Severity.WARNING,
        )

    def is_asked_outside(self, task: str) -> bool:
        """Whether how a task starts depends on what lies outside, or on nothing in the group."""
        above = {*self.logic.upstream[task], *self.tasks[task].needs}
        return bool(above - set(self.tasks)) or not above

    def from_outside(self, formula: Formula) -> Formula:
        """What a formula asks of tasks outside, when all goes well inside."""
        ends = {
            task: {way: FALSE if way in (*FAILURE, Status.SKIPPED) else TRUE for way in self.logic.tasks[task].ways}
            for task in self.tasks
        }
        return substituted(formula, ends)


def _causes(formula: Formula) -> list[tuple[str, str]]:
    """Tasks and ways of ending, one of which there is whenever a formula holds; none if that can't be told."""
    match formula:
        case Ended(task=task, ways=ways):
            return [(task, way) for way in sorted(ways)]
        case Every(parts=parts):
            return next((found for part in parts if (found := _causes(part))), [])
        case Some(parts=parts):
            each = [_causes(part) for part in parts]
            return [cause for found in each for cause in found] if all(each) else []
        case _:
            return []
