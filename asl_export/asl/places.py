"""Where the values of a DAG lie in the running machine: variables, the state's input, the context object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from asl_export.ir.blocks import Block, Job, Map, Parallel, Series
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import (
    Call,
    Context,
    Document,
    Function,
    Input,
    Item,
    Kind,
    Moment,
    Origin,
    Reference,
    Root,
    TaskOutput,
    Value,
    replace_values,
    walk,
)

PARAMS = "params"
LOGICAL_DATE = "logical_date"
DATES = (Moment.LOGICAL_DATE, Moment.DATA_INTERVAL_START, Moment.DATA_INTERVAL_END)
_EXECUTION_INPUT = ("Execution", "Input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each value lies; `merged`: the variable `params` exists, `dated`: it holds the logical date.

    `outputs` are variables by task, `item_variables` by map: an item without one is its state's input.
    """

    merged: bool
    dated: bool
    declared: frozenset[str]
    outputs: Mapping[str, str]
    item_variables: Mapping[str, str]

    @classmethod
    def of(cls, graph: FlowGraph, block: Block, *, checked: bool) -> Places:
        """The places of a graph's values."""
        used = [value for request in _requests(block) for value in walk(request)]
        reads_params = any(isinstance(value, Input) and value.origin is Origin.PARAMS for value in used)
        dated = any(isinstance(value, Context) and value.moment in DATES for value in used)
        defaults = any(not param.required for param in graph.params)
        outputs = dict.fromkeys(value.task for value in used if isinstance(value, TaskOutput))
        return cls(
            merged=dated or (reads_params and defaults) or checked,
            dated=dated,
            declared=frozenset(param.name for param in graph.params),
            outputs=_variables(outputs, "job"),
            item_variables=_variables(_kept_items(block), "item"),
        )

    def resolve(self, document: Document) -> Document:
        """The document with every value that isn't a literal turned into a reference."""
        return replace_values(document, self.reference)

    def reference(self, value: Value) -> Value:
        """The place of one value."""
        match value:
            case Input(origin=Origin.PARAMS, path=path) if self.merged:
                certain = len(path) == 1 and path[0] in self.declared
                return _reference(Root.VARIABLE, (PARAMS, *path), value, certain=certain, sure=2)
            case Input(path=path):
                return _reference(Root.CONTEXT, (*_EXECUTION_INPUT, *path), value, certain=False, sure=3)
            case Item(map=name, path=path) if name in self.item_variables:
                return Reference(root=Root.VARIABLE, path=(self.item_variables[name], *path), kind=value.kind)
            case Item(path=path):
                return Reference(root=Root.STATE_INPUT, path=path, kind=value.kind)
            case TaskOutput(task=task, path=path, kind=kind, source=source):
                place = (self.outputs[task], *path)
                return Reference(root=Root.VARIABLE, path=place, kind=kind, source=source, certain=not path)
            case Context(moment=Moment.RUN_ID):
                return Reference(root=Root.CONTEXT, path=("Execution", "Name"), kind=Kind.TEXT)
            case Context(moment=Moment.LOGICAL_DATE):
                return Reference(root=Root.VARIABLE, path=(PARAMS, LOGICAL_DATE), kind=Kind.TEXT)
            case Context(moment=Moment.DATA_INTERVAL_START | Moment.DATA_INTERVAL_END as moment):
                # Without a scheduler a run's data interval is an instant, the logical date, as in Airflow.
                given = Reference(
                    root=Root.VARIABLE, path=(PARAMS, moment.value), kind=Kind.TEXT, certain=False, sure=2
                )
                logical_date = self.reference(Context(moment=Moment.LOGICAL_DATE))
                return Call(function=Function.DEFAULT, arguments=(given, logical_date), kind=Kind.TEXT)
            case Context(moment=Moment.MAP_INDEX):
                return Reference(root=Root.CONTEXT, path=("Map", "Item", "Index"), kind=Kind.INTEGER)
            case _:
                return value


def _reference(root: Root, path: tuple[str | int, ...], value: Input, *, certain: bool, sure: int) -> Reference:
    return Reference(root=root, path=path, kind=value.kind, source=value.source, certain=certain, sure=sure)


def _requests(root: Block) -> list[Document]:
    found: list[Document] = []
    waiting: list[Block] = [root]
    while waiting:
        match waiting.pop():
            case Job(node=node):
                found.append(node.request)
            case Map(node=mapped, body=body):
                found.append(mapped.items)
                waiting.append(body)
            case Parallel(branches=blocks) | Series(blocks=blocks):
                waiting.extend(reversed(blocks))
    return found


def _kept_items(root: Block) -> list[str]:
    """The maps whose body is more than one task: only its first state sees the item as input."""
    found: list[str] = []
    waiting: list[Block] = [root]
    while waiting:
        match waiting.pop():
            case Map(node=mapped, body=body):
                found.extend([] if isinstance(body, Job) else [mapped.id])
                waiting.append(body)
            case Parallel(branches=blocks) | Series(blocks=blocks):
                waiting.extend(reversed(blocks))
            case Job():
                pass
    return found


def _variables(ids: Mapping[str, None] | list[str], prefix: str) -> dict[str, str]:
    """A variable name for each id: the prefix and the id's letters and digits, numbered where two are alike."""
    names: dict[str, str] = {}
    for number, name in enumerate(ids, start=1):
        plain = f"{prefix}_{re.sub('[^A-Za-z0-9]', '_', name)[:60]}"
        names[name] = plain if plain not in names.values() else f"{plain}_{number}"
    return names
