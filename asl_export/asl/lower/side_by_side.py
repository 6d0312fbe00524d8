"""Branches of a Parallel and bodies of a Map: what runs side by side, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from asl_export.asl import states as asl
from asl_export.asl.lower.closing import Closing
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import Exit, Source
from asl_export.asl.lower.scopes import Scope
from asl_export.ir.blocks import Block, Map, Parallel, first_name, series, tasks_inside
from asl_export.ir.status import Status
from asl_export.ir.values import Document, Kind, Reference, Root, Value
from asl_export.outcomes.world import FAILURE, End, World, combined, distinct, merged_end

States = list[asl.State]
Sequencer = Callable[[Sequence[Block], list[Exit], Scope, States], list[Exit]]
Alternatives = Sequence[Mapping[str, End]]
Write = Callable[["Side"], asl.State]
Handed = Callable[..., Mapping[str, Document]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A branch or body: its states, and how the tasks in it ended that others ask for, each way it may end."""

    states: asl.States
    good: Alternatives
    bad: Alternatives


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a Parallel or Map does with its branches' or items' outputs."""

    gathered: asl.Gathered
    next: str
    assign: Mapping[str, Document] = field(default_factory=dict)
    catch: tuple[asl.Catch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Writes Parallel states, and what they share with Maps; `sequence` writes what is in their branches and bodies."""

    draft: Draft
    sequence: Sequencer

    def parallel(self, block: Parallel, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """A Parallel state, and what asks for its outcome."""
        name = self.draft.state_names[id(block)]
        worlds = self.draft.enter(entering, name)
        inner = [self.draft.plan.scopes.of_part[id(block), number] for number in range(len(block.branches))]
        parts = [
            self.part(branch, worlds, block, branch_scope, beside=len(block.branches))
            for branch, branch_scope in zip(block.branches, inner, strict=True)
        ]
        branch_of = {id(branch_scope): number for number, branch_scope in enumerate(inner)}

        def handed(root: Root, *path: str) -> dict[str, Value]:
            return {
                variable: Reference(root=root, path=(*path, branch_of[id(place)], kept), kind=Kind.ANY)
                for _, variable, kept, place in self.draft.handed_out(block, scope)
            }

        def write(side: Side) -> asl.State:
            return asl.Parallel(
                name=name,
                branches=tuple(part.states for part in parts),
                gathered=side.gathered,
                assign=side.assign,
                catch=side.catch,
                comment=block.comment,
                next=side.next,
            )

        return self.gathered(block, parts, worlds, scope, states, write, handed)

    def part(self, block: Block, worlds: Sequence[World], around: Parallel | Map, scope: Scope, *, beside: int) -> Part:
        """A branch or body: its states, and how its tasks end of which others ask, well or badly."""
        asked = {atom.task for task in tasks_inside(block) for atom in self.draft.ends.asks[task]}
        entry = self.draft.way([world.only(asked) for world in worlds], scope)
        states: States = []
        ends = self.sequence(series(block), [entry], scope, states)
        if not states or any(list(self.draft.plan.variables.held(task, scope)) for task in entry.settles):
            # What the branch passes before its first state is noted by a state of its own.
            states.insert(0, asl.Pass(name=self.draft.names.claim(first_name(block), word="not run"), next=entry.ref))
        outs = self.draft.ends.outs(block, fail_fast=around.fail_fast) if not self.draft.plain else []
        facts = [
            (kept, place) for _, _, kept, place in self.draft.handed_out(around, scope.around_it) if place is scope
        ]
        closing = Closing(draft=self.draft, scope=scope, states=states, names=[kept for kept, _ in facts])
        if self.draft.reports(around):
            closing.report(ends, first_name(block))
            good, bad = ends, list[Exit]()
        else:
            good, bad = closing.split(ends, self.draft.ends.bad(outs), first_name(block))
            if around.fail_fast:
                closing.fail(bad)
            else:
                closing.hand_on(bad, block, beside)
            closing.well(good, first_name(block))
        known = frozenset(outs)
        return Part(states=asl.States(states=tuple(states)), good=_ends_of(good, known), bad=_ends_of(bad, known))

    def gathered(
        self,
        block: Parallel | Map,
        parts: Sequence[Part],
        worlds: Sequence[World],
        scope: Scope,
        states: States,
        write: Write,
        handed: Handed,
    ) -> list[Exit]:
        """The state, with all that asks how its branches or items ended; the ways out."""
        good = self.draft.way(combined(worlds, [part.good for part in parts]), scope)
        bad_worlds = [self.after_failure(world, parts) for world in worlds]
        if self.draft.reports(block) or not (self.draft.plain or any(part.bad for part in parts)):
            states.append(write(Side(gathered=asl.Gathered.NOTHING, assign=handed(Root.RESULT), next=good.ref)))
            return [good]
        if block.fail_fast:
            settled: dict[str, str | None] = dict.fromkeys(tasks_inside(block), Status.FAILED)
            bad = self.draft.way(bad_worlds, scope, settled, source=Source.ERROR)
            side = Side(
                gathered=asl.Gathered.NOTHING,
                assign=handed(Root.RESULT),
                catch=(asl.Catch(next=bad.ref),),
                next=good.ref,
            )
            states.append(write(side))
        else:
            bad = self.outcome(block, good, bad_worlds, scope, states, write, handed)
        bad.bad = self.draft.plain
        return [good, bad]

    def outcome(
        self,
        block: Parallel | Map,
        good: Exit,
        bad_worlds: Iterable[World],
        scope: Scope,
        states: States,
        write: Write,
        handed: Handed,
    ) -> Exit:
        """The state that collects failures and the Outcome that asks for them; the way out with a failure."""
        name = self.draft.state_names[id(block)]
        outcome, failed = self.draft.names.claim(name, word="outcome"), self.draft.names.claim(name, word="failed")
        results = handed(Root.STATE_INPUT, "results")
        bad = self.draft.way(bad_worlds, scope, source=Source.FAILURES, from_choice=outcome, failed_name=failed)
        bad.reports = id(block) if results else None
        good.from_choice = outcome
        gathered = asl.Gathered.FAILURES_AND_RESULTS if results else asl.Gathered.FAILURES
        states.append(write(Side(gathered=gathered, next=outcome)))
        states.append(asl.Outcome(name=outcome, failed=bad.ref, assign=results, next=good.ref))
        return bad

    def after_failure(self, world: World, parts: Sequence[Part]) -> World:
        """The world in which at least one task has failed, and not all is known of the others."""
        found: dict[str, list[End]] = {}
        for part in parts:
            for ends in (*part.good, *part.bad):
                for task, end in ends.items():
                    found.setdefault(task, []).append(end)
        clause = frozenset(task for task in found if self.draft.logic.tasks[task].ways & FAILURE)
        return world.with_ends({task: merged_end(ends) for task, ends in found.items()}, clause=clause)


def _ends_of(ways: Iterable[Exit], known: frozenset[str]) -> Alternatives:
    """How tasks may have ended at the end of a scope."""
    worlds = distinct(world.only(known) for way in ways for world in way.worlds)
    return [dict(world.ends) for world in worlds]
