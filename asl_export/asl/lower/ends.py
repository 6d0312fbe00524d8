"""How tasks end that don't run, and which of their ends are asked for later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from asl_export.ir.blocks import Block, tasks_inside
from asl_export.ir.graph import JoinNode, TaskNode
from asl_export.ir.status import Status
from asl_export.outcomes.formula import Ended, Formula, atoms, ended, negation, some
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import FAILURE, End, World, holds, one_of

_ALWAYS = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """Until which block of a series each task's end is asked for."""

    last: Mapping[str, float]

    def at(self, number: int, world: World) -> set[str]:
        """The tasks of a world that are asked for in this block or later."""
        return {task for task in world.ends if self.last.get(task, _ALWAYS) >= number}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What the logic of the tasks says about their ends.

    `asks`: what a task asks of others to know whether it runs. `readers`: the tasks that ask for a task's end.
    """

    logic: Logic
    nodes: Mapping[str, TaskNode]
    asks: Mapping[str, Sequence[Ended]]
    readers: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, logic: Logic, nodes: Mapping[str, TaskNode]) -> Ends:
        """The ends of a DAG's tasks."""
        asks = {task: (*atoms(own.runs), *atoms(own.blocked)) for task, own in logic.tasks.items()}
        readers: dict[str, dict[str, None]] = {task: {} for task in logic.tasks}
        for task, asked in asks.items():
            for atom in asked:
                readers[atom.task][task] = None
        return cls(logic=logic, nodes=nodes, asks=asks, readers={task: list(found) for task, found in readers.items()})

    def label(self, task: str) -> str:
        """A task's name."""
        return self.nodes[task].name

    def fate(self, task: str, world: World) -> End:
        """How a task ends that isn't known to run, or of which it doesn't matter how it runs."""
        return self._fate(task, holds(self.logic.tasks[task].runs, world), world)

    def _fate(self, task: str, runs: bool | None, world: World) -> End:
        own = self.logic.tasks[task]
        if runs:
            return one_of(own.own)
        blocked = holds(own.blocked, world)
        ways = {Status.UPSTREAM_FAILED, Status.SKIPPED}
        if blocked is not None:
            ways = {Status.UPSTREAM_FAILED} if blocked else {Status.SKIPPED}
        return one_of((ways & own.ways or ways) if runs is False else own.ways)

    def idle(self, tasks: Sequence[str], world: World) -> dict[str, End] | None:
        """How each of some tasks ends where nothing of them runs; None where something does or may."""
        ends = dict(world.ends)
        later = World(ends=ends, clauses=world.clauses)
        for task in tasks:
            runs = holds(self.logic.tasks[task].runs, later)
            if runs is not False and not isinstance(self.nodes[task], JoinNode):
                return None
            ends[task] = self._fate(task, runs, later)
        return {task: ends[task] for task in tasks}

    def only_active(self, branches: Sequence[Block], worlds: Sequence[World]) -> int | None:
        """The branch in which alone something may run in each of some worlds, None where there is no such one."""
        tasks = [tasks_inside(branch) for branch in branches]
        chosen: list[int] | None = None
        for world in worlds:
            active = (number for number, inside in enumerate(tasks) if self.idle(inside, world) is None)
            found = list(islice(active, 2))
            if len(found) != 1 or found != (chosen or found):
                return None
            chosen = found
        return chosen[0] if chosen else None

    def entries(self, block: Block) -> list[str]:
        """The tasks of a block that wait for none within it."""
        tasks = tasks_inside(block)
        within = set(tasks)
        return [task for task in tasks if not within & set(self.logic.upstream[task])]

    def outs(self, block: Block, *, fail_fast: bool) -> list[str]:
        """The tasks of a block whose end is asked for outside of it, or is the run's, or stops what runs beside."""
        tasks = tasks_inside(block)
        within = set(tasks)
        return [
            task
            for task in tasks
            if self.is_last(task, fail_fast=fail_fast) or any(reader not in within for reader in self.readers[task])
        ]

    def first(self, tasks: Sequence[str]) -> list[str]:
        """Those of some tasks that don't ask how others of them ended."""
        within = set(tasks)
        return [task for task in tasks if not any(atom.task in within for atom in self.asks[task])]

    def met_for_all(self, tasks: Sequence[str]) -> Formula:
        """That what each of some tasks needs beside its rule, as a map's items, has succeeded."""
        common = [need for need in self.nodes[tasks[0]].needs if all(need in self.nodes[task].needs for task in tasks)]
        return negation(some(ended(need, self.logic.tasks[need].ways - {Status.SUCCESS}) for need in common))

    def is_last(self, task: str, *, fail_fast: bool) -> bool:
        """Whether a task's failure is one of the run, or of its scope where that is to stop at the first."""
        return task in self.logic.leaves or (fail_fast and not self.readers[task])

    def bad(self, tasks: Sequence[str]) -> Formula:
        """That one of some tasks has failed or is upstream_failed."""
        return some(ended(task, self.logic.tasks[task].ways & FAILURE) for task in tasks)

    def needed_in(self, blocks: Sequence[Block], *, fail_fast: bool) -> Needed:
        """Until when each task's end is asked for in a series."""
        place = {task: number for number, block in enumerate(blocks) for task in tasks_inside(block)}
        # What lies elsewhere and is asked for elsewhere is none of this series' business.
        last: dict[str, float] = dict.fromkeys(place, -1)
        for task in (*place, *(atom.task for reader in place for atom in self.asks[reader])):
            if readers := self.readers[task]:
                last[task] = max(place.get(reader, _ALWAYS) for reader in readers)
        last.update(dict.fromkeys((task for task in place if self.is_last(task, fail_fast=fail_fast)), _ALWAYS))
        return Needed(last=last)
