"""Mapped tasks and groups: their items, and one request with the items' differences in its place.

Items that the DAG names are each worked out in full, as for a task of its own; then what is the same in all stays in
the Task's arguments and what differs becomes a field of the items. So anything may be mapped, templated fields too.
Items that only the run knows stand in the arguments as what they are: a place in the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput, ListOfDictsExpandInput
from airflow.sdk.definitions.xcom_arg import XComArg

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.ir.values import (
    VALUE_TYPES,
    Call,
    Document,
    Format,
    Function,
    Item,
    Kind,
    ListOf,
    Literal,
    Value,
    format_text,
    kind_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemArgument:
    """An argument of an operator that only the run knows: a place in the Map's item."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicItems:
    """Items that only the run knows: what gives each argument its values, in the order of the DAG."""

    columns: Mapping[str, Any]

    def arguments(self, map_id: str) -> dict[str, ItemArgument]:
        """The arguments of an item: the item itself, or fields of it."""
        if len(self.columns) == 1:
            return {name: ItemArgument(value=Item(map=map_id)) for name in self.columns}
        return {name: ItemArgument(value=Item(map=map_id, path=(name,))) for name in self.columns}

    def items(self, read: Callable[[str, Any], Document]) -> Value:
        """The list of items, from what `read` makes of each argument's values.

        More than one argument gives all combinations, the last argument's values changing first.
        """
        lists = {name: _list(read(name, given)) for name, given in self.columns.items()}
        if len(lists) == 1:
            return next(iter(lists.values()))
        names = Literal(value=list(lists))
        return Call(function=Function.PRODUCT, arguments=(names, *lists.values()), kind=Kind.LIST)

    def references(self) -> list[str]:
        """The ids of the tasks that give the items."""
        found = (operator.task_id for given in self.columns.values() for operator, _ in _references(given))
        return list(dict.fromkeys(found))


def items_of(expand_input: Any) -> list[dict[str, Any]] | DynamicItems:
    """The keyword arguments of each item, in the order of Airflow's map indexes, or what the run works them out from.

    :raises RefusalError: for items of which not even the arguments are known.
    """
    match expand_input:
        case DictOfListsExpandInput(value=values) if any(isinstance(given, XComArg) for given in values.values()):
            for name, given in values.items():
                if not isinstance(given, XComArg | list | tuple):
                    raise _unknown(name)
            return DynamicItems(columns=values)
        case DictOfListsExpandInput(value=values):
            columns = [[(name, item) for item in _literal(name, given)] for name, given in values.items()]
            items = [dict(row) for row in product(*columns)]
        case ListOfDictsExpandInput(value=list() | tuple() as given) if all(
            isinstance(item, Mapping) for item in given
        ):
            items = [dict(item) for item in given]
        case _:
            raise _unknown("expand_kwargs")
    if not items:
        raise RefusalError(
            Code.MAPPING,
            "there are no items to map over",
            why="Airflow skips such a task and what follows it",
            fix="give an item, or leave the task out",
        )
    return items


def _literal(name: str, given: Any) -> list[Any]:
    match given:
        case list() | tuple():
            return list(given)
        case dict():
            return list(given.items())
        case _:
            raise _unknown(name)


def _list(document: Document) -> Value:
    """A list as a value."""
    if isinstance(document, list):
        return ListOf(items=tuple(_value(item) for item in document))
    found: Value = document
    return found


def _value(document: Document) -> Value:
    return document if isinstance(document, VALUE_TYPES) else Literal(value=document)


def _references(given: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(given, XComArg):
        yield from given.iter_references()


def _unknown(name: str) -> RefusalError:
    return RefusalError(
        Code.MAPPING,
        f"what {name!r} gives its items is only known in the run",
        why="the state machine must know when it is written which arguments an item sets",
        fix="use expand(argument=task.output), or a mapped task group whose tasks take the item's parts",
        field=name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What differs between the items of a map: a list of values, one per item, for each field of the items."""

    map: str
    values: dict[str, list[Document]] = field(default_factory=dict)

    def general(self, documents: Sequence[Document], name: str = "value") -> Document:
        """What all documents have in common, with an `Item` where they differ."""
        first = documents[0]
        if all(document == first for document in documents):
            return first
        if all(_is_plain_mapping(document) and document.keys() == first.keys() for document in documents):
            name = _named(first, name)
            return {key: self.general([document[key] for document in documents], _field(key, name)) for key in first}
        if all(isinstance(document, list) and len(document) == len(first) for document in documents):
            return [self.general(list(column), name) for column in zip(*documents, strict=True)]
        if (texts := _alike(documents)) is not None:
            return format_text([self.general(list(column), name) for column in zip(*texts, strict=True)])
        unique = self._column(list(documents), name)
        kinds = {kind_of(item) if isinstance(item, VALUE_TYPES) else Kind.ANY for item in documents}
        return Item(map=self.map, path=(unique,), kind=kinds.pop() if len(kinds) == 1 else Kind.ANY)

    def _column(self, documents: list[Document], name: str) -> str:
        """The name of the column that holds these values: of one that is there already, or a new one."""
        for known, values in self.values.items():
            if values == documents:
                return known
        unique = next(candidate for candidate in _candidates(name) if candidate not in self.values)
        self.values[unique] = documents
        return unique

    def items(self, count: int) -> list[Document]:
        """The items as objects; a field keeps its place in all."""
        return [{name: column[index] for name, column in self.values.items()} for index in range(count)]


def _named(document: Mapping[str, Document], name: str) -> str:
    """The name of an environment variable or resource, whose mapping of name and value is called after it."""
    match document:
        case {"Name": Literal(value=str() as given), "Value": _} | {"Type": Literal(value=str() as given), "Value": _}:
            return given
        case {"Name": str() as given, "Value": _} | {"Type": str() as given, "Value": _}:
            return given
        case _:
            return name


def _field(key: str, name: str) -> str:
    return name if key == "Value" else f"{key[:1].lower()}{key[1:]}"


def _is_plain_mapping(document: Document) -> bool:
    return isinstance(document, Mapping) and not isinstance(document, VALUE_TYPES)


def _alike(documents: Sequence[Document]) -> list[tuple[Value, ...]] | None:
    """The parts of texts that differ in literal parts only."""
    texts = [document.parts for document in documents if isinstance(document, Format)]
    if len(texts) < len(documents) or len({len(parts) for parts in texts}) > 1:
        return None
    for column in zip(*texts, strict=True):
        if any(part != column[0] for part in column) and not all(isinstance(part, Literal) for part in column):
            return None
    return texts


def _candidates(name: str) -> Iterator[str]:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
    plain = plain if plain[:1].isalpha() else f"field_{plain}"
    yield plain
    number = 2
    while True:
        yield f"{plain}_{number}"
        number += 1
