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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from asl_export.asl import states as asl
from asl_export.asl.lower.closing import Closing
from asl_export.asl.lower.conditions import Conditions
from asl_export.asl.lower.ends import Ends
from asl_export.asl.lower.exits import Exit, Exits, Source
from asl_export.asl.lower.plan import Needs, Plan
from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.task_states import TaskStates, Ways
from asl_export.asl.lower.variables import Fact
from asl_export.asl.names import Names
from asl_export.asl.spoken import Spoken
from asl_export.diagnostics import InternalError
from asl_export.ir.blocks import Block, Join, Map, Parallel, Task, WorkNode, first_name, series, tasks_inside
from asl_export.ir.graph import ChoiceNode
from asl_export.ir.status import Status
from asl_export.ir.values import Call, Document, Function, Kind, Literal, Reference, Root, Value
from asl_export.outcomes.formula import Formula, some
from asl_export.outcomes.logic import Logic
from asl_export.outcomes.world import FAILURE, End, World, combined, distinct, holds, merged_end, one_of

States = list[asl.State]
Alternatives = Sequence[Mapping[str, End]]

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
class Engine:
    """One pass over the blocks.

    :param plain: any failure stops all that follows: there is nothing to ask.
    :param state_names: by the id of a block.
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

    # -- a series ----------------------------------------------------------------------------------------------------

    def sequence(self, blocks: Sequence[Block], entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """Write blocks one after another; the ways out at the end."""
        pending: list[list[Exit]] = [entering, *([] for _ in blocks)]
        needed = self.ends.needed_in(blocks, fail_fast=scope.fail_fast) if not self.plain else None
        for number, block in enumerate(blocks):
            if not pending[number]:
                continue
            if needed is not None:
                for way in pending[number]:
                    way.move(world.only(needed.at(number, world)) for world in way.worlds)
            for way in self.block(block, pending[number], scope, states):
                pending[-1 if way.bad else number + 1].append(way)
        return pending[-1]

    def block(self, block: Block, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """Write one block; the ways past it and out of it."""
        match block:
            case Join(node=join):
                for way in entering if not self.plain else ():
                    way.move(world.with_ends({join.id: self.ends.fate(join.id, world)}) for world in way.worlds)
                return entering
            case Task(node=node):
                runs = self.logic.tasks[node.id].runs
                entering, passing = self.arrivals(entering, [node.id], runs, scope, states)
                return [*passing, *(self.task(block, node, entering, scope, states) if entering else ())]
            case Parallel():
                entering, passing = self.not_idle(entering, block, scope)
                if entering and self.exclusive(block, entering, scope):
                    return [*passing, *self.alternatives(block, entering, scope, states)]
                return [*passing, *(self.parallel(block, entering, scope, states) if entering else ())]
            case Map():
                tasks = tasks_inside(block)
                entering, passing = self.not_idle(entering, block, scope)
                # Of a body of several tasks each asks for itself; all it takes is that there are items.
                runs = self.logic.tasks[tasks[0]].runs if len(tasks) == 1 else self.logic.tasks[tasks[0]].needs_met
                entering, past = self.arrivals(entering, tasks, runs, scope, states)
                passing += past
                return [*passing, *(self.map(block, entering, scope, states) if entering else ())]
            case _:
                raise InternalError("a series lies within a series")

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

    # -- whether a block runs ----------------------------------------------------------------------------------------

    def arrivals(
        self, ways: list[Exit], tasks: Sequence[str], runs: Formula, scope: Scope, states: States
    ) -> tuple[list[Exit], list[Exit]]:
        """The ways that enter a block of some tasks, and those past it; the machine asks where that isn't known."""
        if self.plain:
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
            asked = self.ask(asking, tasks, runs, scope, states)
            entering.append(asked[0])
            passing.extend(asked[1:])
        return entering, passing

    def ask(self, ways: list[Exit], tasks: Sequence[str], runs: Formula, scope: Scope, states: States) -> list[Exit]:
        """A Choice in front of a block: the way into it, then those past it."""
        worlds = distinct(world for way in ways for world in way.worlds)
        name = self.names.claim(self.ends.label(tasks[0]), word="?")
        self.enter(ways, name)
        rest = [world for world in worlds if holds(runs, world) is not True]
        blocked = some(self.logic.tasks[task].blocked for task in tasks)
        into = self.way([world for world in worlds if holds(runs, world) is not False], scope, from_choice=name)
        rules = [(runs, into)]
        ways_past = []
        apart = any(self.is_asked_for(task, scope) for task in tasks)
        maybe_blocked = [world for world in rest if holds(blocked, world) is not False]
        maybe_skipped = [world for world in rest if holds(blocked, world) is not True]
        if apart and maybe_blocked and maybe_skipped:
            past = self.way([], scope, from_choice=name)
            self.pass_by(past, maybe_blocked, tasks, Status.UPSTREAM_FAILED)
            rules.append((blocked, past))
            ways_past.append(past)
            rest, way_past = maybe_skipped, Status.SKIPPED
        else:
            way_past = Status.UPSTREAM_FAILED if maybe_blocked else Status.SKIPPED
        last = self.way([], scope, from_choice=name)
        only = way_past if not (maybe_blocked and maybe_skipped) or apart else None
        self.pass_by(last, rest or worlds, tasks, only)
        made = [
            asl.ChoiceRule(condition=self.conditions.value(formula, worlds, scope), next=way.ref)
            for formula, way in rules
        ]
        states.append(asl.Choice(name=name, rules=tuple(made), asked=True, next=last.ref))
        return [into, *ways_past, last]

    def pass_by(self, way: Exit, worlds: Iterable[World], tasks: Sequence[str], end: Status | None) -> None:
        """Note on a way past some tasks how they end."""
        ends = one_of({end} if end else {Status.UPSTREAM_FAILED, Status.SKIPPED})
        way.settled.update(dict.fromkeys(tasks, end))
        way.move(world.with_ends(dict.fromkeys(tasks, ends)) for world in worlds)

    def settle(self, way: Exit, tasks: Sequence[str], scope: Scope) -> bool:
        """Note on a way past tasks that don't run how each ends; False if one that is asked for may end in two ways."""
        if not self.may_settle(way, tasks, scope):
            return False
        found = [self.ends.idle(tasks, world)[1] for world in way.worlds]
        for task in tasks:
            ends = merged_end([each[task] for each in found])
            way.settled[task] = next(iter(ends.may)) if len(ends.may) == 1 else None
        way.move(world.with_ends(ends) for world, ends in zip(way.worlds, found, strict=True))
        return True

    def may_settle(self, way: Exit, tasks: Sequence[str], scope: Scope) -> bool:
        """Whether each task that doesn't run, and is asked for, ends in one way in all worlds."""
        asked = [task for task in tasks if self.is_asked_for(task, scope)]
        if not asked:
            return True
        found = [self.ends.idle(tasks, world)[1] for world in way.worlds]
        return all(len(merged_end([each[task] for each in found]).may) == 1 for task in asked)

    def is_asked_for(self, task: str, scope: Scope) -> bool:
        """Whether a variable of the scope holds how a task ended."""
        return any(fact.is_end for fact, _ in self.plan.variables.held(task, scope))

    def not_idle(self, ways: list[Exit], block: Block, scope: Scope) -> tuple[list[Exit], list[Exit]]:
        """The ways on which something in a block may run, and those that pass it."""
        if self.plain:
            return ways, []
        entering: list[Exit] = []
        passing: list[Exit] = []
        tasks = tasks_inside(block)
        for way in ways:
            idle = all(self.ends.idle(tasks, world)[0] is True for world in way.worlds)
            if idle and self.settle(way, tasks, scope):
                passing.append(way)
            else:
                entering.append(way)
        return entering, passing

    # -- tasks -------------------------------------------------------------------------------------------------------

    def task(self, block: Task, node: WorkNode, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """The states of a task, and its ways out."""
        name = self.state_names[id(block)]
        worlds = self.enter(entering, name)
        own = self.logic.tasks[node.id].own

        def after(end: str, **settings: Any) -> Exit:
            later = [world.with_ends({node.id: one_of({end})}) for world in worlds]
            return self.way(later, scope, {node.id: end}, **settings)

        options = [after(end, from_choice=name) for end in sorted(own) if isinstance(node, ChoiceNode)]
        success, skip = after(Status.SUCCESS), after(Status.SKIPPED)
        failure = after(Status.FAILED, source=Source.ERROR)
        failure.bad = self.plain
        ways = Ways(success=success.ref, failure=failure.ref, skip=skip.ref, options=tuple(way.ref for way in options))
        states.extend(self.task_states.of(node, name, scope, ways))
        statuses = ((Status.SUCCESS, success), (Status.FAILED, failure), (Status.SKIPPED, skip))
        return [*options, *(way for status, way in statuses if status in own)]

    # -- side by side ------------------------------------------------------------------------------------------------

    def exclusive(self, block: Parallel, entering: list[Exit], scope: Scope) -> bool:
        """Whether each way into a Parallel has something to do in one branch only, the same in all of its worlds."""
        if self.plain or id(block) in self.needs.barred:
            return False
        found = [{tuple(self.ends.active(block.branches, world)) for world in way.worlds} for way in entering]
        exclusive = all(
            len(active) == 1
            and len(chosen := next(iter(active))) == 1
            and self.may_settle(way, self.others(block, chosen[0]), scope)
            for way, active in zip(entering, found, strict=True)
        )
        if exclusive != (id(block) in self.plan.inlined):
            self.needs.decide(id(block), inlined=exclusive)
        return exclusive

    def others(self, block: Parallel, number: int) -> list[str]:
        """The tasks of all branches but one."""
        return [task for other, branch in enumerate(block.branches) if other != number for task in tasks_inside(branch)]

    def alternatives(self, block: Parallel, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """The branches of a Parallel of which one runs, as ways through the same scope."""
        leaving: list[Exit] = []
        chosen = {id(way): self.ends.active(block.branches, way.worlds[0]) for way in entering}
        for number, branch in enumerate(block.branches):
            mine = [way for way in entering if chosen[id(way)] == [number]]
            for way in mine:
                self.settle(way, self.others(block, number), scope)
            leaving.extend(self.sequence(series(branch), mine, scope, states) if mine else ())
        return leaving

    def parallel(self, block: Parallel, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """A Parallel state, and what asks for its outcome."""
        name = self.state_names[id(block)]
        worlds = self.enter(entering, name)
        inner = [self.plan.scopes.of_part[id(block), number] for number in range(len(block.branches))]
        parts = [
            self.part(branch, worlds, block, branch_scope, beside=len(block.branches))
            for branch, branch_scope in zip(block.branches, inner, strict=True)
        ]
        branch_of = {id(branch_scope): number for number, branch_scope in enumerate(inner)}

        def handed(root: Root, *path: str) -> dict[str, Value]:
            return {
                variable: Reference(root=root, path=(*path, branch_of[id(place)], kept), kind=Kind.ANY)
                for _, variable, kept, place in self.handed_out(block, scope)
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
        node, name = block.node, self.state_names[id(block)]
        items = self.resolver.document(node.items, scope)
        self.spoken.append(Spoken.items(node, items))
        leaving: list[Exit] = []
        first = name
        if node.count is None:
            first, items, empty = self.counted(block, items, entering, scope, states)
            leaving.append(empty)
        elif not self.items_inside:
            first = self.names.claim(f"Items of {name}")
            states.append(asl.MakeItems(name=first, items=items, next=name))
        worlds = self.enter(entering, first)
        body_scope = self.plan.scopes.of_part[id(block), 0]
        part = self.part(block.body, worlds, block, body_scope, beside=node.count or MANY)
        body, selector = self.kept_item(block, part.states)

        def handed(root: Root, *path: str) -> dict[str, Value]:
            return {
                variable: self.of_all(fact, Reference(root=root, path=path, kind=Kind.ANY), kept)
                for fact, variable, kept, _ in self.handed_out(block, scope)
            }

        def write(side: Side) -> asl.State:
            return asl.Map(
                name=name,
                items=items if self.items_inside or node.count is None else None,
                body=body,
                max_concurrency=node.max_concurrency,
                gathered=side.gathered,
                selector=selector,
                distributed=node.id in self.resolver.distributed,
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
        name = self.state_names[id(block)]
        first = ask = self.names.claim(name, word="?")
        kept = items
        if not _is_variable(items):
            first, variable = self.names.claim(f"Items of {name}"), self.resolver.items_of[block.node.id]
            kept = Reference(root=Root.VARIABLE, path=(variable,), kind=Kind.ANY)
            states.append(asl.Pass(name=first, assign={variable: items}, next=ask))
        worlds = distinct(world for way in entering for world in way.worlds)
        empty = self.way([], scope, from_choice=ask)
        self.pass_by(empty, worlds, tasks_inside(block), Status.SKIPPED)
        some_items = Call(function=Function.HAS_ITEMS, arguments=(kept,), kind=Kind.BOOLEAN)
        states.append(asl.Choice(name=ask, rules=(asl.ChoiceRule(condition=some_items, next=name),), next=empty.ref))
        return first, kept, empty

    def kept_item(self, block: Map, body: asl.States) -> tuple[asl.States, Mapping[str, Document] | None]:
        """The body with a first state that keeps the item and what is handed in, and what makes the body's input."""
        map_id = block.node.id
        if map_id not in self.resolver.kept:
            return body, None
        item, index = self.resolver.kept[map_id]
        handed_in = self.resolver.handed_in.get(map_id, {})
        with_index = index in self.resolver.used_indexes
        name = self.names.claim(f"Item of {first_name(block.body)}")
        if map_id not in self.resolver.distributed and not with_index:
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
                for way in sorted(self.logic.tasks[fact.task].ways)
            }
        return Call(function=Function.ALL_OF, arguments=(outputs, Literal(value=kept)), kind=Kind.ANY)

    def part(self, block: Block, worlds: Sequence[World], around: Parallel | Map, scope: Scope, *, beside: int) -> Part:
        """A branch or body: its states, and how its tasks end of which others ask, well or badly."""
        asked = {atom.task for task in tasks_inside(block) for atom in self.ends.asks(task)}
        entry = self.way([world.only(asked) for world in worlds], scope)
        states: States = []
        ends = self.sequence(series(block), [entry], scope, states)
        if not states:
            states.append(asl.Pass(name=self.names.claim(first_name(block), word="not run"), next=entry.ref))
        outs = self.ends.outs(block, fail_fast=around.fail_fast) if not self.plain else []
        facts = [(kept, place) for _, _, kept, place in self.handed_out(around, scope.around_it) if place is scope]
        closing = Closing(engine=self, scope=scope, states=states, names=[kept for kept, _ in facts])
        if self.reports(around):
            closing.report(ends, first_name(block))
            good, bad = ends, list[Exit]()
        else:
            good, bad = closing.split(ends, self.ends.bad(outs), first_name(block))
            if around.fail_fast:
                closing.fail(bad)
            else:
                closing.hand_on(bad, block, beside)
            closing.well(good, first_name(block))
        known = frozenset(outs)
        return Part(states=asl.States(states=tuple(states)), good=_ends_of(good, known), bad=_ends_of(bad, known))

    # -- what comes out of them --------------------------------------------------------------------------------------

    def gathered(
        self,
        block: Parallel | Map,
        parts: Sequence[Part],
        worlds: Sequence[World],
        scope: Scope,
        states: States,
        write: Callable[[Side], asl.State],
        handed: Callable[..., Mapping[str, Document]],
    ) -> list[Exit]:
        """The state, with all that asks how its branches or items ended; the ways out."""
        good = self.way(combined(worlds, [part.good for part in parts]), scope)
        bad_worlds = [self.after_failure(world, parts) for world in worlds]
        if self.reports(block) or not (self.plain or any(part.bad for part in parts)):
            states.append(write(Side(gathered=asl.Gathered.NOTHING, assign=handed(Root.RESULT), next=good.ref)))
            return [good]
        if block.fail_fast:
            settled: dict[str, str | None] = dict.fromkeys(tasks_inside(block), Status.FAILED)
            bad = self.way(bad_worlds, scope, settled, source=Source.ERROR)
            side = Side(
                gathered=asl.Gathered.NOTHING,
                assign=handed(Root.RESULT),
                catch=(asl.Catch(next=bad.ref),),
                next=good.ref,
            )
            states.append(write(side))
        else:
            bad = self.outcome(block, good, bad_worlds, scope, states, write, handed)
        bad.bad = self.plain
        return [good, bad]

    def outcome(
        self,
        block: Parallel | Map,
        good: Exit,
        bad_worlds: Iterable[World],
        scope: Scope,
        states: States,
        write: Callable[[Side], asl.State],
        handed: Callable[..., Mapping[str, Document]],
    ) -> Exit:
        """The state that collects failures and the Outcome that asks for them; the way out with a failure."""
        name = self.state_names[id(block)]
        outcome, failed = self.names.claim(name, word="outcome"), self.names.claim(name, word="failed")
        results = handed(Root.STATE_INPUT, "results")
        bad = self.way(bad_worlds, scope, source=Source.FAILURES, from_choice=outcome, failed_name=failed)
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
        clause = frozenset(task for task in found if self.logic.tasks[task].ways & FAILURE)
        return world.with_ends({task: merged_end(ends) for task, ends in found.items()}, clause=clause)

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
