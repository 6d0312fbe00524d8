"""Blocks to states: how tasks follow each other, and what becomes of those that fail or don't run.

A series is worked off from front to back. Each state that may end in more than one way has a way out for each; it knows
in which *worlds* it is taken, and goes on to the first block in which something runs in all of them. Where the worlds
disagree the machine itself asks, in a Choice that reads variables with the ends of tasks.

Side by side without fail_fast, a failure must not stop the others: each branch catches it and ends with the failure as
its output, and an Outcome state behind the Parallel asks whether there was one. That is enough when nothing that
follows runs after any of these failures. Else the branches *report*: their output says how the tasks ended that others
ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asl_export.asl import states as asl
from asl_export.asl.lower.arrivals import Arrivals
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import Exit, Source
from asl_export.asl.lower.maps import Maps
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.side_by_side import SideBySide
from asl_export.asl.lower.ways import Ways
from asl_export.diagnostics import InternalError
from asl_export.ir.blocks import Block, Join, Map, Parallel, Task, WorkNode, series, tasks_inside
from asl_export.ir.graph import ChoiceNode
from asl_export.ir.status import Status
from asl_export.outcomes.world import distinct, one_of

States = list[asl.State]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Writes series of blocks."""

    draft: Draft

    @property
    def arrivals(self) -> Arrivals:
        """What sorts the ways that arrive at a block."""
        return Arrivals(draft=self.draft)

    @property
    def side_by_side(self) -> SideBySide:
        """What writes branches and bodies."""
        return SideBySide(draft=self.draft, sequence=self.sequence)

    @property
    def maps(self) -> Maps:
        """What writes Maps."""
        return Maps(draft=self.draft, sides=self.side_by_side)

    def sequence(self, blocks: Sequence[Block], entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """Write blocks one after another; the ways out at the end."""
        pending: list[list[Exit]] = [entering, *([] for _ in blocks)]
        needed = self.draft.ends.needed_in(blocks, fail_fast=scope.fail_fast) if not self.draft.plain else None
        for number, block in enumerate(blocks):
            if needed is not None:
                # A way that is never taken leads anywhere.
                pending[-1].extend(way for way in pending[number] if not way.worlds)
                pending[number] = [way for way in pending[number] if way.worlds]
            if not pending[number]:
                continue
            if needed is not None:
                for way in pending[number]:
                    way.move(world.only(needed.at(number, world)) for world in way.worlds)
                pending[number] = self.draft.exits.join(pending[number])
            for way in self.block(block, pending[number], scope, states):
                pending[-1 if way.bad else number + 1].append(way)
        return pending[-1]

    def block(self, block: Block, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """Write one block; the ways past it and out of it."""
        match block:
            case Join(node=join):
                return self.join(join.id, entering, scope, states) if not self.draft.plain else entering
            case Task(node=node):
                runs = self.draft.logic.tasks[node.id].runs
                entering, passing = self.arrivals.arrivals(entering, [node.id], runs, scope, states)
                return [*passing, *(self.task(block, node, entering, scope, states) if entering else ())]
            case Parallel():
                entering, passing = self.arrivals.not_idle(entering, block, scope)
                if entering and self.exclusive(block, entering, scope):
                    return [*passing, *self.alternatives(block, entering, scope, states)]
                return [*passing, *(self.side_by_side.parallel(block, entering, scope, states) if entering else ())]
            case Map():
                tasks = tasks_inside(block)
                entering, passing = self.arrivals.not_idle(entering, block, scope)
                # Of a body of several tasks each asks for itself; all it takes is that there are items.
                runs = self.draft.logic.tasks[tasks[0]].runs if len(tasks) == 1 else self.draft.ends.met_for_all(tasks)
                entering, past = self.arrivals.arrivals(entering, tasks, runs, scope, states)
                passing += past
                return [*passing, *(self.maps.map(block, entering, scope, states) if entering else ())]
            case _:
                raise InternalError("a series lies within a series")

    def join(self, join: str, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """What a task without a state of its own comes to; its end is noted where it is asked for item by item."""
        if not self.draft.is_asked_for(join, scope):
            for way in entering:
                way.move(world.with_ends({join: self.draft.ends.fate(join, world)}) for world in way.worlds)
            return entering
        runs = self.draft.logic.tasks[join].runs
        entering, passing = self.arrivals.arrivals(entering, [join], runs, scope, states)
        for way in entering:
            way.settled[join] = Status.SUCCESS
            way.move(world.with_ends({join: one_of({Status.SUCCESS})}) for world in way.worlds)
        return [*entering, *passing]

    def task(self, block: Task, node: WorkNode, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """The states of a task, and its ways out."""
        name = self.draft.state_names[id(block)]
        worlds = distinct(world for way in entering for world in way.worlds)
        own = self.draft.logic.tasks[node.id].own

        def after(end: str, **settings: Any) -> Exit:
            later = [world.with_ends({node.id: one_of({end})}) for world in worlds]
            return self.draft.way(later, scope, {node.id: end}, **settings)

        options = [after(end, from_choice=name) for end in sorted(own) if isinstance(node, ChoiceNode)]
        success, skip = after(Status.SUCCESS), after(Status.SKIPPED, from_choice=name)
        failure = after(Status.FAILED, source=Source.ERROR)
        failure.bad = self.draft.plain
        ways = Ways(success=success.ref, failure=failure.ref, skip=skip.ref, options=tuple(way.ref for way in options))
        made = self.draft.task_states.of(node, name, scope, ways)
        self.draft.enter(entering, made[0].name)
        states.extend(made)
        statuses = ((Status.SUCCESS, success), (Status.FAILED, failure), (Status.SKIPPED, skip))
        return [*options, *(way for status, way in statuses if status in own)]

    def exclusive(self, block: Parallel, entering: list[Exit], scope: Scope) -> bool:
        """Whether each way into a Parallel has something to do in one branch only, the same in all of its worlds."""
        if self.draft.plain or id(block) in self.draft.needs.barred:
            return False
        exclusive = all(
            (chosen := self.draft.ends.only_active(block.branches, way.worlds)) is not None
            and self.arrivals.idle(way, self.others(block, chosen), scope) is not None
            for way in entering
        )
        inlined = id(block) in self.draft.plan.inlined
        if exclusive and not inlined:
            self.draft.needs.inline(id(block))
        if inlined and not exclusive:
            self.draft.needs.bar(id(block))
        return inlined

    def others(self, block: Parallel, number: int) -> list[str]:
        """The tasks of all branches but one."""
        return [task for other, branch in enumerate(block.branches) if other != number for task in tasks_inside(branch)]

    def alternatives(self, block: Parallel, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """The branches of a Parallel of which one runs, as ways through the same scope."""
        leaving: list[Exit] = []
        chosen = {id(way): self.draft.ends.only_active(block.branches, way.worlds) for way in entering}
        for number, branch in enumerate(block.branches):
            mine = [way for way in entering if chosen[id(way)] == number]
            for way in mine:
                self.arrivals.settle(way, self.others(block, number), scope)
            leaving.extend(self.sequence(series(branch), mine, scope, states) if mine else ())
        return leaving
