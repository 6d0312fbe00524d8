"""Parallel and Map: what runs side by side, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from asl_export.asl import states as asl
from asl_export.asl.lower.arrivals import Arrivals
from asl_export.asl.lower.closing import Closing
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import Exit, Source
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.variables import Fact
from asl_export.asl.spoken import Spoken
from asl_export.ir.blocks import Block, Map, Parallel, first_name, series, tasks_inside
from asl_export.ir.status import Status
from asl_export.ir.values import Call, Document, Function, Kind, Literal, Reference, Root, Value
from asl_export.outcomes.world import FAILURE, End, World, combined, distinct, merged_end

States = list[asl.State]
Sequencer = Callable[[Sequence[Block], list[Exit], Scope, States], list[Exit]]
Alternatives = Sequence[Mapping[str, End]]
Write = Callable[["Side"], asl.State]
Handed = Callable[..., Mapping[str, Document]]

MANY = 1_000
"""How many items a map of an unknown number is taken to have."""

MAP_INDEX = Reference(root=Root.CONTEXT, path=("Map", "Item", "Index"), kind=Kind.INTEGER)
MAP_ITEM = Reference(root=Root.CONTEXT, path=("Map", "Item", "Value"), kind=Kind.ANY)


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
    """Writes Parallel and Map states; `sequence` writes what is in their branches and bodies."""

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

    def map(self, block: Map, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """A Map state, what makes its items in front of it, and what asks for its outcome."""
        node, name = block.node, self.draft.state_names[id(block)]
        items = self.draft.resolver.document(node.items, scope)
        self.draft.spoken.append(Spoken.items(node, items))
        leaving: list[Exit] = []
        first = name
        if node.count is None:
            first, items, empty = self.counted(block, items, entering, scope, states)
            leaving.append(empty)
        elif not self.draft.items_inside:
            first = self.draft.names.claim(f"Items of {name}")
            states.append(asl.MakeItems(name=first, items=items, next=name))
        worlds = self.draft.enter(entering, first)
        body_scope = self.draft.plan.scopes.of_part[id(block), 0]
        part = self.part(block.body, worlds, block, body_scope, beside=node.count or MANY)
        body, selector = self.kept_item(block, part.states)

        def handed(root: Root, *path: str) -> dict[str, Value]:
            return {
                variable: self.of_all(fact, Reference(root=root, path=path, kind=Kind.ANY), kept)
                for fact, variable, kept, _ in self.draft.handed_out(block, scope)
            }

        def write(side: Side) -> asl.State:
            return asl.Map(
                name=name,
                items=items if self.draft.items_inside or node.count is None else None,
                body=body,
                max_concurrency=node.max_concurrency,
                gathered=side.gathered,
                selector=selector,
                distributed=node.id in self.draft.resolver.distributed,
                assign=side.assign,
                catch=side.catch,
                comment=node.comment,
                next=side.next,
            )

        ends = Part(states=part.states, good=of_many(part.good), bad=of_many(part.bad))
        return [*leaving, *self.gathered(block, [ends], worlds, scope, states, write, handed)]

    def counted(
        self, block: Map, items: Document, entering: list[Exit], scope: Scope, states: States
    ) -> tuple[str, Document, Exit]:
        """The states in front of a Map that keep its items, if they aren't kept already, and pass it by without any."""
        name = self.draft.state_names[id(block)]
        first = ask = self.draft.names.claim(name, word="?")
        kept = items
        if not _is_variable(items):
            first = self.draft.names.claim(f"Items of {name}")
            variable = self.draft.resolver.items_of[block.node.id]
            kept = Reference(root=Root.VARIABLE, path=(variable,), kind=Kind.ANY)
            states.append(asl.Pass(name=first, assign={variable: items}, next=ask))
        worlds = distinct(world for way in entering for world in way.worlds)
        empty = self.draft.way([], scope, from_choice=ask)
        Arrivals(draft=self.draft).pass_by(empty, worlds, tasks_inside(block), Status.SKIPPED)
        some_items = Call(function=Function.HAS_ITEMS, arguments=(kept,), kind=Kind.BOOLEAN)
        states.append(asl.Choice(name=ask, rules=(asl.ChoiceRule(condition=some_items, next=name),), next=empty.ref))
        return first, kept, empty

    def kept_item(self, block: Map, body: asl.States) -> tuple[asl.States, Mapping[str, Document] | None]:
        """The body with a first state that keeps the item and what is handed in, and what makes the body's input."""
        map_id = block.node.id
        if map_id not in self.draft.resolver.kept:
            return body, None
        item, index = self.draft.resolver.kept[map_id]
        handed_in = self.draft.resolver.handed_in.get(map_id, {})
        with_index = index in self.draft.resolver.used_indexes
        name = self.draft.names.claim(f"Item of {first_name(block.body)}")
        if map_id not in self.draft.resolver.distributed and not with_index:
            keep = asl.Pass(name=name, assign={item: _state_input()}, next=body.states[0].name)
            return asl.States(states=(keep, *body.states)), None
        # The context object's Map is for ItemSelector alone.
        selector: dict[str, Document] = {item: MAP_ITEM, **({index: MAP_INDEX} if with_index else {}), **handed_in}
        keep = asl.Pass(name=name, assign={key: _state_input(key) for key in selector}, next=body.states[0].name)
        return asl.States(states=(keep, *body.states)), selector

    def of_all(self, fact: Fact, outputs: Reference, kept: str) -> Document:
        """What a Map's outputs say of all items: for ends a flag for each way, else a list."""
        if fact.is_end:
            return {
                way: Call(
                    function=Function.ANY_ENDED,
                    arguments=(outputs, Literal(value=kept), Literal(value=way)),
                    kind=Kind.BOOLEAN,
                )
                for way in sorted(self.draft.logic.tasks[fact.task].ways)
            }
        return Call(function=Function.ALL_OF, arguments=(outputs, Literal(value=kept)), kind=Kind.ANY)

    def part(self, block: Block, worlds: Sequence[World], around: Parallel | Map, scope: Scope, *, beside: int) -> Part:
        """A branch or body: its states, and how its tasks end of which others ask, well or badly."""
        asked = {atom.task for task in tasks_inside(block) for atom in self.draft.ends.asks(task)}
        entry = self.draft.way([world.only(asked) for world in worlds], scope)
        states: States = []
        ends = self.sequence(series(block), [entry], scope, states)
        if not states or any(list(self.draft.plan.variables.held(task, scope)) for task in entry.settled):
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


def of_many(alternatives: Alternatives) -> Alternatives:
    """How the tasks of a Map end, all items taken together, from how they may end in one."""
    if not alternatives:
        return ()
    tasks = alternatives[0]
    merged = {task: merged_end([ends[task] for ends in alternatives]) for task in tasks}
    return (
        {task: End(must=end.may if len(end.may) == 1 else frozenset(), may=end.may) for task, end in merged.items()},
    )


def _ends_of(ways: Iterable[Exit], known: frozenset[str]) -> Alternatives:
    """How tasks may have ended at the end of a scope."""
    worlds = distinct(world.only(known) for way in ways for world in way.worlds)
    return [dict(world.ends) for world in worlds]


def _is_variable(document: Document) -> TypeGuard[Reference]:
    return isinstance(document, Reference) and document.root is Root.VARIABLE and len(document.path) == 1


def _state_input(*path: str) -> Reference:
    return Reference(root=Root.STATE_INPUT, path=path, kind=Kind.ANY)
