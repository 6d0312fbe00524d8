"""How a branch, a body or the machine ends: well, with a failure, or with a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asl_export.asl import states as asl
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import DROPPED, Exit, Source
from asl_export.asl.lower.scopes import Scope
from asl_export.ir.blocks import Block, first_name, series
from asl_export.ir.values import Kind, Literal, Reference, Root
from asl_export.outcomes.formula import Formula
from asl_export.outcomes.world import FAILURE, distinct, holds

_FEW = 30
_ROOM = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Ends the states of a scope; `names` are the variables that go out with its output."""

    draft: Draft
    scope: Scope
    states: list[asl.State]
    names: Sequence[str] = ()

    def split(self, ways: Sequence[Exit], bad: Formula, name: str) -> tuple[list[Exit], list[Exit]]:
        """The ways that end well and those that don't; where that isn't known, the machine asks."""
        if self.draft.plain:
            return [way for way in ways if not way.bad], [way for way in ways if way.bad]
        well: list[Exit] = []
        badly: list[Exit] = []
        asking: list[Exit] = []
        for way in ways:
            verdicts = {holds(bad, world) for world in way.worlds}
            kind = badly if verdicts == {True} else well if verdicts in ({False}, set()) else asking
            kind.append(way)
        if asking:
            good, failed = self.ask(asking, bad, name)
            well.append(good)
            badly.append(failed)
        return well, badly

    def ask(self, ways: Sequence[Exit], bad: Formula, name: str) -> tuple[Exit, Exit]:
        """A Choice that asks whether the scope has ended badly."""
        draft = self.draft
        worlds = distinct(world for way in ways for world in way.worlds)
        choice = draft.names.claim(name, word="done?")
        draft.enter(ways, choice)
        failed = draft.way(
            [world for world in worlds if holds(bad, world) is not False], self.scope, from_choice=choice
        )
        good = draft.way([world for world in worlds if holds(bad, world) is not True], self.scope, from_choice=choice)
        condition = draft.conditions.value(bad, worlds, self.scope)
        rule = asl.ChoiceRule(condition=condition, next=failed.ref)
        self.states.append(asl.Choice(name=choice, rules=(rule,), asked=True, next=good.ref))
        return good, failed

    def well(self, ways: Sequence[Exit], name: str) -> None:
        """End with what goes out, or with nothing."""
        if self.names and ways:
            self.report(ways, name)
            return
        done: str | None = None
        for way in ways:
            if way.reports is not None:
                self.draft.needs.reporting.add(way.reports)
            if way.from_choice or way.source is Source.ERROR:  # a Choice and a Catch must lead to a state
                if done is None:
                    done = self.draft.names.claim(name, word="done")
                    self.states.append(asl.Done(name=done))
                way.target = done

    def report(self, ways: Sequence[Exit], name: str) -> None:
        """End with the values of the variables that go out."""
        if not self.names:
            self.well(ways, name)
            return
        state = self.draft.names.claim(name, word="report")
        self.draft.enter(ways, state)
        output = {each: Reference(root=Root.VARIABLE, path=(each,), kind=Kind.ANY) for each in self.names}
        self.states.append(asl.Pass(name=state, output=output, next=None))

    def fail(self, ways: Sequence[Exit]) -> None:
        """End with a failure that stops what runs beside, and at last the execution."""
        causes: dict[str, str] = {}
        for way in ways:
            match way.source:
                case Source.ERROR:
                    way.target = DROPPED
                case Source.FAILURES:
                    for origin in way.origins:
                        origin.target = origin.failed_name
                        self.states.append(asl.Failed(name=origin.failed_name))
                case Source.NOTHING:
                    cause = self.cause(way)
                    if cause not in causes:
                        causes[cause] = self.draft.names.claim("Tasks failed")
                        self.states.append(asl.TasksFailed(name=causes[cause], cause=Literal(value=cause)))
                    way.target = causes[cause]

    def hand_on(self, ways: Sequence[Exit], block: Block, beside: int) -> None:
        """End with a failure as the output.

        :param beside: how many branches or items there are.
        """
        caught: str | None = None
        for way in ways:
            match way.source:
                case Source.ERROR:
                    if caught is None:
                        word = "failed" if len(series(block)) == 1 else "branch failed"
                        caught = self.draft.names.claim(first_name(block), word=word)
                    way.target = caught
                case Source.FAILURES:
                    for origin in way.origins:
                        origin.target = origin.failed_name
                        self.states.append(asl.BranchFailed(name=origin.failed_name, collected=True))
                case Source.NOTHING:
                    name = self.draft.names.claim(first_name(block), word="not good")
                    way.target = name
                    cause = Literal(value=self.cause(way))
                    self.states.append(asl.BranchFailed(name=name, collected=False, cause=cause))
        if caught is not None:
            self.states.append(asl.BranchFailed(name=caught, collected=False, most=_share(beside)))

    def cause(self, way: Exit) -> str:
        """Which tasks have failed for sure, in words."""
        failed = {
            task: end
            for world in way.worlds[:1]
            for task, end in world.ends.items()
            if all(other.ends[task].must & FAILURE for other in way.worlds if task in other.ends)
        }
        told = [f"{task} is {' or '.join(sorted(end.must & FAILURE))}" for task, end in sorted(failed.items())]
        return ", ".join(told[:20]) or "tasks failed: see the history of this execution"


def _share(branches: int) -> int | None:
    """How many characters of a Cause each of many branches may hand on; None when there are few.

    A failed job's Cause is its description, of some thousand characters, and all outputs together must fit 256 KiB.
    """
    return None if branches <= _FEW else max(20, _ROOM // branches - 100)
