"""Map: its items, its body, and what comes of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from asl_export.asl import states as asl
from asl_export.asl.lower.arrivals import Arrivals
from asl_export.asl.lower.draft import Draft
from asl_export.asl.lower.exits import Exit
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.side_by_side import Alternatives, Part, Side, SideBySide, States
from asl_export.asl.lower.variables import Fact
from asl_export.asl.spoken import Spoken
from asl_export.ir.blocks import Map, first_name, tasks_inside
from asl_export.ir.status import Status
from asl_export.ir.values import Call, Document, Function, Kind, Literal, Reference, Root, Value
from asl_export.outcomes.world import End, distinct, merged_end

MANY = 1_000
"""How many items a map of an unknown number is taken to have."""

MAP_INDEX = Reference(root=Root.CONTEXT, path=("Map", "Item", "Index"), kind=Kind.INTEGER)
MAP_ITEM = Reference(root=Root.CONTEXT, path=("Map", "Item", "Value"), kind=Kind.ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """Writes Map states."""

    draft: Draft
    sides: SideBySide

    def map(self, block: Map, entering: list[Exit], scope: Scope, states: States) -> list[Exit]:
        """A Map state, what makes its items in front of it, and what asks for its outcome."""
        node, name = block.node, self.draft.state_names[id(block)]
        items = self.draft.resolver.document(node.items, scope)
        self.draft.spoken.append(Spoken.items(node, items))
        self.draft.owners[name] = node.id
        leaving: list[Exit] = []
        first = name
        if node.count is None:
            first, items, empty = self.counted(block, items, entering, scope, states)
            leaving.append(empty)
        elif not self.draft.items_inside:
            first = self.draft.names.claim(f"Items of {name}")
            self.draft.owners[first] = node.id
            states.append(asl.MakeItems(name=first, items=items, next=name))
        worlds = self.draft.enter(entering, first)
        body_scope = self.draft.plan.scopes.of_part[id(block), 0]
        part = self.sides.part(block.body, worlds, block, body_scope, beside=node.count or MANY)
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
        return [*leaving, *self.sides.gathered(block, [ends], worlds, scope, states, write, handed)]

    def counted(
        self, block: Map, items: Document, entering: list[Exit], scope: Scope, states: States
    ) -> tuple[str, Document, Exit]:
        """The states in front of a Map that keep its items, if they aren't kept already, and pass it by without any."""
        name = self.draft.state_names[id(block)]
        first = ask = self.draft.names.claim(name, word="?")
        self.draft.owners[ask] = block.node.id
        kept = items
        if not _is_variable(items):
            first = self.draft.names.claim(f"Items of {name}")
            variable = self.draft.resolver.items_of[block.node.id]
            kept = Reference(root=Root.VARIABLE, path=(variable,), kind=Kind.ANY)
            self.draft.owners[first] = block.node.id
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


def of_many(alternatives: Alternatives) -> Alternatives:
    """How the tasks of a Map end, all items taken together, from how they may end in one."""
    if not alternatives:
        return ()
    tasks = alternatives[0]
    merged = {task: merged_end([ends[task] for ends in alternatives]) for task in tasks}
    return (
        {task: End(must=end.may if len(end.may) == 1 else frozenset(), may=end.may) for task, end in merged.items()},
    )


def _is_variable(document: Document) -> TypeGuard[Reference]:
    return isinstance(document, Reference) and document.root is Root.VARIABLE and len(document.path) == 1


def _state_input(*path: str) -> Reference:
    return Reference(root=Root.STATE_INPUT, path=path, kind=Kind.ANY)
