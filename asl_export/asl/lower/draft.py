"""What all parts of one pass over the blocks share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asl_export.asl.lower.conditions import Conditions
from asl_export.asl.lower.ends import Ends
from asl_export.asl.lower.exits import Exit, Exits
from asl_export.asl.lower.plan import Needs, Plan
from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.task_states import TaskStates
from asl_export.asl.lower.variables import Fact
from asl_export.asl.names import Names
from asl_export.asl.spoken import Spoken
from asl_export.diagnostics import InternalError
from asl_export.ir.blocks import Map, Parallel
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import World, distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The machine as one pass writes it.

    :param plain: any failure stops all that follows: there is nothing to ask.
    :param state_names: by the id of a block.
    :param items_inside: a Map can hold its items itself.
    :param owners: the task or map that a state is of, by the state's name.
    """

    logic: Logic
    plan: Plan
    needs: Needs
    plain: bool
    names: Names
    state_names: Mapping[int, str]
    resolver: Resolver
    conditions: Conditions
    ends: Ends
    exits: Exits
    task_states: TaskStates
    spoken: list[Spoken]
    items_inside: bool
    owners: dict[str, str]

    def way(
        self, worlds: Iterable[World], scope: Scope, settled: dict[str, str | None] | None = None, **more: Any
    ) -> Exit:
        """A way out of a state of a scope."""
        return self.exits.new(worlds if not self.plain else (), scope, settled or {}, **more)

    def enter(self, ways: Sequence[Exit], name: str) -> list[World]:
        """Let ways lead to a state; the worlds it is entered in."""
        for way in ways:
            way.target = name
            if way.reports is not None:
                self.needs.reporting.add(way.reports)
        return distinct(world for way in ways for world in way.worlds)

    def is_asked_for(self, task: str, scope: Scope) -> bool:
        """Whether a variable of the scope holds how a task ended."""
        return any(fact.is_end for fact, _ in self.plan.variables.held(task, scope))

    def reports(self, block: Parallel | Map) -> bool:
        """Whether a block's branches or items say how their tasks ended, instead of handing on a failure."""
        if block.fail_fast:
            return False
        return id(block) in self.plan.reporting or any(fact.is_end for fact in self.plan.variables.out_of(block))

    def handed_out(self, block: Parallel | Map, scope: Scope) -> Iterable[tuple[Fact, str, str, Scope]]:
        """What a block hands out: the fact, its variable in the scope around, that inside, and the scope inside."""
        variables = self.plan.variables
        for fact in variables.out_of(block):
            places = self.plan.scopes.of_task[fact.task].around()
            inner = next(place for place in places if place.block is block)
            outer, kept = variables.within(fact, scope), variables.within(fact, inner)
            if outer is None or kept is None:
                raise InternalError(f"{fact} is handed out of nothing")
            yield fact, outer, kept, inner
