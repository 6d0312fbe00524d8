"""Mapped tasks and groups: the literal items, and one request with the items' differences in its place.

Each item's request is built in full, as for a task of its own; then what is the same in all stays in the Task's
arguments and what differs becomes a field of the items. So anything may be mapped, nested and templated fields too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from airflow.sdk.definitions._internal.expandinput import DictOfListsExpandInput, ListOfDictsExpandInput

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.ir.values import VALUE_TYPES, Document, Item, Kind, kind_of


def literal_items(expand_input: Any) -> list[dict[str, Any]]:
    """The keyword arguments of each item, in the order of Airflow's map indexes.

    :raises RefusalError: for items that are only known in the run.
    """
    match expand_input:
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
            Code.MAPPING, "it has no items", why="Airflow skips such a task and what follows it", fix="give an item"
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


def _unknown(name: str) -> RefusalError:
    return RefusalError(
        Code.MAPPING,
        f"the items of {name} are only known in the run",
        why="mapping over the result of a task isn't exported yet",
        fix="give a list that is known when the DAG is parsed",
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
        if all(_is_plain_mapping(document) and list(document) == list(first) for document in documents):
            return {key: self.general([document[key] for document in documents], key) for key in first}
        if all(isinstance(document, list) and len(document) == len(first) for document in documents):
            return [self.general(list(column), name) for column in zip(*documents, strict=True)]
        unique = next(candidate for candidate in _candidates(name) if candidate not in self.values)
        self.values[unique] = list(documents)
        kinds = {kind_of(item) if isinstance(item, VALUE_TYPES) else Kind.ANY for item in documents}
        return Item(map=self.map, path=(unique,), kind=kinds.pop() if len(kinds) == 1 else Kind.ANY)

    def items(self, count: int) -> list[Document]:
        """The items as objects; a field keeps its place in all."""
        return [{name: column[index] for name, column in self.values.items()} for index in range(count)]


def _is_plain_mapping(document: Document) -> bool:
    return isinstance(document, Mapping) and not isinstance(document, VALUE_TYPES)


def _candidates(name: str) -> Iterator[str]:
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
    plain = plain if plain[:1].isalpha() else f"field_{plain}"
    yield plain
    number = 2
    while True:
        yield f"{plain}_{number}"
        number += 1
