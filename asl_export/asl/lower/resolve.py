"""Where the values of a DAG lie in the running machine: variables, the state's input, the context object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asl_export.asl.lower.plan import Needs, Plan
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.variables import JOB, RESULT, Fact
from asl_export.asl.places import Places
from asl_export.ir.blocks import Map
from asl_export.ir.values import (
    Context,
    Document,
    Item,
    Kind,
    Moment,
    Reference,
    Root,
    TaskOutput,
    Value,
    replace_values,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Turns values into references for the scope they are read in.

    :param results: the tasks whose result is a document, not a job's id.
    :param kept: for each Map by id, the variables of its item and its index; without them they are read where they are.
    :param distributed: the maps whose items have executions of their own, which see nothing from outside.
    """

    plan: Plan
    needs: Needs
    places: Places
    results: frozenset[str]
    kept: Mapping[str, tuple[str, str]]
    items_of: Mapping[str, str]
    distributed: frozenset[str]
    used_indexes: set[str] = field(default_factory=set)
    handed_in: dict[str, dict[str, Value]] = field(default_factory=dict)

    def document(self, document: Document, scope: Scope) -> Document:
        """The document with every value that isn't a literal turned into a reference."""
        return replace_values(document, lambda value: self.value(value, scope))

    def value(self, value: Value, scope: Scope) -> Value:
        """The place of one innermost value."""
        match value:
            case TaskOutput(task=task, key=key, path=path):
                if key == JOB:
                    fact, rest = Fact(task=task, kind=JOB, field=str(path[0]) if path else ""), path[1:]
                elif task in self.results:
                    fact, rest = Fact(task=task, kind=RESULT), path if key == "return_value" else (key, *path)
                else:
                    fact, rest = Fact(task=task, kind=JOB), path
                found = self.fact(fact, scope, kind=value.kind)
                return Reference(
                    root=found.root,
                    path=(*found.path, *rest),
                    kind=value.kind,
                    source=value.source,
                    certain=not rest,
                    sure=len(found.path),
                )
            case Item(map=name, path=path, kind=kind):
                if name in self.kept:
                    return Reference(root=Root.VARIABLE, path=(self.kept[name][0], *path), kind=kind)
                return Reference(root=Root.STATE_INPUT, path=path, kind=kind)
            case Context(moment=Moment.MAP_INDEX):
                return self.index(scope)
            case _:
                return self.from_outside(self.places.reference(value), scope, self.plan.scopes.root)

    def fact(self, fact: Fact, scope: Scope, *, kind: Kind = Kind.TEXT) -> Reference:
        """The variable of a fact as a scope sees it; the next pass will know that it is read here."""
        self.needs.reads.setdefault((fact, self.plan.key(scope)))
        seen = self.plan.variables.seen(fact, scope)
        name, holder = seen if seen else ("unknown", scope)
        found = self.from_outside(Reference(root=Root.VARIABLE, path=(name,), kind=kind), scope, holder)
        return found if isinstance(found, Reference) else Reference(root=Root.VARIABLE, path=(name,), kind=kind)

    def index(self, scope: Scope) -> Reference:
        """The number of the item that the innermost Map around works on."""
        for around in scope.around():
            if isinstance(around.block, Map):
                if around.block.node.id in self.kept:
                    name = self.kept[around.block.node.id][1]
                    self.used_indexes.add(name)
                    return Reference(root=Root.VARIABLE, path=(name,), kind=Kind.INTEGER)
                break
        return Reference(root=Root.CONTEXT, path=("Map", "Item", "Index"), kind=Kind.INTEGER)

    def from_outside(self, value: Value, scope: Scope, holder: Scope) -> Value:
        """The same place as a distributed item sees it: what lies outside is handed in as a variable of its own."""
        if not isinstance(value, Reference) or value.root is Root.STATE_INPUT:
            return value
        crossed = [
            around.block.node.id
            for around in scope.around()
            if isinstance(around.block, Map)
            and around.block.node.id in self.distributed
            and (around.depth > holder.depth or value.root is Root.CONTEXT)
        ]
        if not crossed:
            return value
        name, outside, rest = _handed(value)
        for border in reversed(crossed):
            # A name that is taken outside can't be taken again inside.
            name = f"given_{name}"
            self.handed_in.setdefault(border, {})[name] = outside
            outside = Reference(root=Root.VARIABLE, path=(name,), kind=outside.kind)
        return replace(
            value,
            root=Root.VARIABLE,
            path=(name, *rest),
            sure=value.sure + 1 + len(rest) - len(value.path),
        )


def _handed(value: Reference) -> tuple[str, Reference, tuple[str | int, ...]]:
    """The variable that a place is handed in as, the place outside, and the rest of the path."""
    if value.root is Root.VARIABLE:
        whole = Reference(root=Root.VARIABLE, path=value.path[:1], kind=Kind.ANY)
        return str(value.path[0]), whole, value.path[1:]
    if value.path[:2] == ("Execution", "Input"):
        return "input", Reference(root=Root.CONTEXT, path=value.path[:2], kind=Kind.ANY), value.path[2:]
    name = {"Name": "run_id", "StartTime": "start_time"}[str(value.path[1])]
    return name, Reference(root=Root.CONTEXT, path=value.path[:2], kind=Kind.TEXT), ()
