"""Which ways lead into a block, and which past it, because nothing in it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asl_export.asl import states as asl
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import Exit
from asl_export.asl.lower.scopes import Scope
from asl_export.ir.blocks import Block, tasks_inside
from asl_export.ir.status import Status
from asl_export.outcomes.formula import Formula, some
from asl_export.outcomes.world import End, World, distinct, holds, merged_end, one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Sorts the ways that arrive at blocks."""

    draft: Draft

    def arrivals(
        self, ways: list[Exit], tasks: Sequence[str], runs: Formula, scope: Scope, states: list[asl.State]
    ) -> tuple[list[Exit], list[Exit]]:
        """The ways that enter a block of some tasks, and those past it; the machine asks where that isn't known."""
        if self.draft.plain:
            return ways, []
        entering: list[Exit] = []
        passing: list[Exit] = []
        asking: list[Exit] = []
        for way in ways:
            verdicts = {holds(runs, world) for world in way.worlds}
            if verdicts == {True}:
                entering.append(way)
            elif verdicts == {False} and self.settle(way, tasks, scope):
                passing.append(way)
            else:
                asking.append(way)
        if asking:
            into, past = self.ask(asking, tasks, runs, scope, states)
            entering.extend(into)
            passing.extend(past)
        return entering, passing

    def ask(
        self, ways: list[Exit], tasks: Sequence[str], runs: Formula, scope: Scope, states: list[asl.State]
    ) -> tuple[list[Exit], list[Exit]]:
        """A Choice in front of a block: the way into it, if it may run at all, and those past it."""
        worlds = distinct(world for way in ways for world in way.worlds)
        name = self.draft.names.claim(self.draft.ends.label(tasks[0]), word="?")
        self.draft.enter(ways, name)
        rest = [world for world in worlds if holds(runs, world) is not True]
        blocked = some(self.draft.logic.tasks[task].blocked for task in self.draft.ends.first(tasks))
        maybe_runs = [world for world in worlds if holds(runs, world) is not False]
        apart = any(self.draft.is_asked_for(task, scope) for task in tasks)
        maybe_blocked = [world for world in rest if holds(blocked, world) is not False]
        skips = any(Status.SKIPPED in self.draft.logic.tasks[task].ways for task in tasks)
        maybe_skipped = [world for world in rest if skips and holds(blocked, world) is not True]
        apart = apart and bool(maybe_blocked and maybe_skipped)
        # In no world that lets it run, only how it doesn't is to be asked.
        into = [self.draft.way(maybe_runs, scope, from_choice=name)] if maybe_runs or not apart else []
        rules = [(runs, way) for way in into]
        ways_past = []
        if apart:
            past = self.draft.way([], scope, from_choice=name)
            self.pass_by(past, maybe_blocked, tasks, Status.UPSTREAM_FAILED)
            rules.append((blocked, past))
            ways_past.append(past)
            rest, way_past = maybe_skipped, Status.SKIPPED
        else:
            way_past = Status.UPSTREAM_FAILED if maybe_blocked else Status.SKIPPED
        last = self.draft.way([], scope, from_choice=name)
        only = way_past if not (maybe_blocked and maybe_skipped) or apart else None
        self.pass_by(last, rest or worlds, tasks, only)
        made = [
            asl.ChoiceRule(condition=self.draft.conditions.value(formula, worlds, scope), next=way.ref)
            for formula, way in rules
        ]
        states.append(asl.Choice(name=name, rules=tuple(made), asked=True, next=last.ref))
        return into, [*ways_past, last]

    def pass_by(self, way: Exit, worlds: Iterable[World], tasks: Sequence[str], end: Status | None) -> None:
        """Note on a way past some tasks how they end."""
        ends = one_of({end} if end else {Status.UPSTREAM_FAILED, Status.SKIPPED})
        way.settled.update(dict.fromkeys(tasks, end))
        way.move(world.with_ends(dict.fromkeys(tasks, ends)) for world in worlds)

    def settle(self, way: Exit, tasks: Sequence[str], scope: Scope) -> bool:
        """Note on a way past tasks how each ends; False where one may run, or is asked for and may end in two ways."""
        found = self.idle(way, tasks, scope)
        if found is None:
            return False
        for task in tasks:
            ends = merged_end([each[task] for each in found])
            way.settled[task] = next(iter(ends.may)) if len(ends.may) == 1 else None
        way.move(world.with_ends(ends) for world, ends in zip(way.worlds, found, strict=True))
        return True

    def idle(self, way: Exit, tasks: Sequence[str], scope: Scope) -> list[dict[str, End]] | None:
        """How tasks end in each of the worlds of a way on which none runs and all that is asked for is certain."""
        found: list[dict[str, End]] = []
        for world in way.worlds:
            ends = self.draft.ends.idle(tasks, world)
            if ends is None:
                return None
            found.append(ends)
        asked = [task for task in tasks if self.draft.is_asked_for(task, scope)]
        return found if all(len(merged_end([each[task] for each in found]).may) == 1 for task in asked) else None

    def not_idle(self, ways: list[Exit], block: Block, scope: Scope) -> tuple[list[Exit], list[Exit]]:
        """The ways on which something in a block may run, and those that pass it."""
        if self.draft.plain:
            return ways, []
        tasks = tasks_inside(block)
        entering: list[Exit] = []
        passing: list[Exit] = []
        for way in ways:
            (passing if self.settle(way, tasks, scope) else entering).append(way)
        return entering, passing
