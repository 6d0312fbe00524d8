"""The states of a `BatchMapOperator`: a distributed Map, and the jobs in front of it and behind it if it has them.

Each child of the Map is an execution of its own, which sees nothing of what is outside: all that its job reads there is
handed in with the item.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from asl_export.asl import states as asl
from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.retriers import THROTTLED
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.variables import RESULT
from asl_export.asl.lower.ways import Ways
from asl_export.asl.names import Names
from asl_export.asl.spoken import Spoken
from asl_export.ir.graph import BatchMapNode, JobNode
from asl_export.ir.s3 import s3_place
from asl_export.ir.values import (
    Call,
    Document,
    Function,
    Item,
    Kind,
    Literal,
    ObjectOf,
    Reference,
    Root,
    Value,
    format_text,
    replace_values,
)

MakeJob = Callable[[JobNode, str, Scope, Ways], list[asl.State]]

_ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMaps:
    """Makes the states of maps; `job` makes those of a job."""

    names: Names
    resolver: Resolver
    spoken: list[Spoken]
    items_inside: bool
    job: MakeJob

    def states(self, node: BatchMapNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """The states of a map: what makes its items or the job that plans, the Map, and the last job."""
        first, last = name, ways.success
        after: list[asl.State] = []
        if node.finish is not None:
            last = self.names.claim(name, word="results")
            # The job has written its document, or failed: nothing is proved by reading what nobody asks for.
            finish = node.finish if self.read(node, scope) else replace(node.finish, result=None)
            after = self.job(finish, last, scope, ways)
        mapped = name if node.plan is None else self.names.claim(name, word="jobs")
        states = self.map(node, mapped, scope, replace(ways, success=last))
        if node.plan is None:
            return [*states, *after]
        before = self.job(node.plan, first, scope, replace(ways, success=states[0].name))
        return [*before, *states, *after]

    def map(self, node: BatchMapNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """The Map, and what makes its items where it can't hold them."""
        handed = _HandedIn(map=node.id)
        body = self.body(node, scope, handed)
        items = self.resolver.document(node.items, scope) if node.reader is None else None
        reader = None
        if node.reader is not None:
            arguments = self.resolver.document(node.reader.arguments, scope)
            self.spoken.append(Spoken.field(node, "items", arguments))
            reader = asl.Reader(resource=node.reader.resource, arguments=arguments, config=node.reader.config)
        else:
            self.spoken.append(Spoken.field(node, "items", items))
        found: list[asl.State] = []
        if items is not None and not self.items_inside and not isinstance(items, Reference):
            making = self.names.claim(f"Items of {name}")
            found.append(asl.MakeItems(name=making, items=items, next=name))
            items = None
        read = self.read(node, scope) if node.finish is None else []
        found.append(
            asl.Map(
                name=name,
                items=items,
                reader=reader,
                body=body,
                max_concurrency=node.max_concurrency,
                gathered=asl.Gathered.NOTHING,
                selector=handed.selector(),
                distributed=True,
                tolerated_percentage=node.tolerated_percentage,
                tolerated_count=node.tolerated_count,
                writer=self.writer(node, scope),
                assign=dict.fromkeys(read, _MANIFEST),
                catch=(asl.Catch(next=ways.failure),),
                comment=node.comment,
                next=ways.success,
            )
        )
        return found

    def read(self, node: BatchMapNode, scope: Scope) -> list[str]:
        """The variables in which others read what the map returns."""
        held = self.resolver.plan.variables.held(node.id, scope)
        return [variable for fact, variable in held if fact.kind == RESULT]

    def body(self, node: BatchMapNode, scope: Scope, handed: _HandedIn) -> asl.States:
        """The states of a child: its job; with a `single`, which of the two, and a failure ends no other."""
        name = self.names.claim(f"{node.name} item" if node.single is None else f"{node.name} array job")
        if node.single is None:
            return asl.States(states=tuple(self.child(node.job, name, scope, handed, None)))
        single, done = self.names.claim(f"{node.name} job"), self.names.claim(f"{node.name} job ended")
        ask = self.names.claim(name, word="?")
        children = handed.inside(Item(map=node.id, path=("children",), kind=Kind.INTEGER))
        one = Call(function=Function.EQUAL, arguments=(children, Literal(value=1)), kind=Kind.BOOLEAN)
        return asl.States(
            states=(
                asl.Choice(name=ask, rules=(asl.ChoiceRule(condition=one, next=single),), next=name),
                *self.child(node.job, name, scope, handed, done),
                *self.child(node.single, single, scope, handed, done),
                asl.Done(name=done),
            )
        )

    def child(self, job: JobNode, name: str, scope: Scope, handed: _HandedIn, caught: str | None) -> list[asl.State]:
        """The state of a job in a child."""
        request = replace_values(job.request, handed.item)
        request = {field: self.resolver.document(value, scope) for field, value in request.items()}
        inside = {field: replace_values(value, handed.inside) for field, value in request.items()}
        made = self.job(replace(job, request=inside), name, scope, Ways(success="", failure="", skip=""))
        catch = (asl.Catch(next=caught),) if caught else ()
        # An array job that was never submitted would fail thousands of items.
        patient = (THROTTLED,) if caught else ()
        return [
            replace(state, catch=catch, retriers=state.retriers or patient, next=None)
            for state in made
            if isinstance(state, asl.Task)
        ]

    def writer(self, node: BatchMapNode, scope: Scope) -> Document:
        """Where the Map writes what became of its items."""
        if node.results is None:
            return None
        place = s3_place(self.resolver.document(node.results, scope))
        self.spoken.append(Spoken.field(node, "results", place))
        return {"Bucket": place["Bucket"], "Prefix": place["Key"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _HandedIn:
    """What the children of a map read, by the name that it has in their input; none but the item: that is the input."""

    map: str
    outside: dict[str, Reference] = field(default_factory=dict)

    def item(self, value: Value) -> Value:
        """The place of a field of the item in a child's input, for now below a name that is the item's."""
        if isinstance(value, Item) and value.map == self.map:
            return Reference(root=Root.STATE_INPUT, path=(_ITEM, *value.path), kind=value.kind)
        return value

    def inside(self, value: Value) -> Value:
        """The place that a value from outside has in a child's input."""
        value = self.item(value)
        if not isinstance(value, Reference) or value.root is Root.STATE_INPUT:
            return value
        name = next((name for name, known in self.outside.items() if known == value), None)
        if name is None:
            name = f"given_{len(self.outside) + 1}"
            self.outside[name] = value
        return Reference(root=Root.STATE_INPUT, path=(name,), kind=value.kind, source=value.source)

    def selector(self) -> dict[str, Document]:
        """What makes a child's input of an item."""
        item = Reference(root=Root.CONTEXT, path=("Map", "Item", "Value"), kind=Kind.ANY)
        return {_ITEM: item, **self.outside}


_DETAILS = ("ResultWriterDetails",)
_MANIFEST: Document = ObjectOf(
    items=(
        (
            "manifest",
            format_text(
                [
                    Literal(value="s3://"),
                    Reference(root=Root.RESULT, path=(*_DETAILS, "Bucket"), kind=Kind.TEXT),
                    Literal(value="/"),
                    Reference(root=Root.RESULT, path=(*_DETAILS, "Key"), kind=Kind.TEXT),
                ]
            ),
        ),
    )
)
