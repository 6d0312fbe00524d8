"""The leaves of a map's request: texts that may name the item, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from airstep.items import for_runner, has_field
from asl_export.ir.values import VALUE_TYPES, Call, Context, Format, Function, Kind, Literal, Value, kind_of, walk

_WITHOUT_BRACES = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.FLOAT, Kind.BOOLEAN, Kind.DATE})


def parts_of(leaf: Any) -> list[Value]:
    """The parts of a text; of another leaf itself."""
    if isinstance(leaf, Format):
        return list(leaf.parts)
    return [leaf if isinstance(leaf, VALUE_TYPES) else Literal(value=leaf)]


def names_item(leaf: Any) -> bool:
    """Whether a leaf names a field of the item."""
    return any(isinstance(value, Literal) and has_field(value.value) for value in walk(leaf))


def doubled(part: Value) -> Value:
    """A part of a text as `airstep-item` reads it: the item's fields in braces, its own braces doubled."""
    if isinstance(part, Literal):
        return Literal(value=for_runner(str(part.value)))
    if kind_of(part) in _WITHOUT_BRACES or isinstance(part, Context):
        return part
    return Call(function=Function.DOUBLED_BRACES, arguments=(part,), kind=Kind.TEXT)


def each_leaf(document: Any, change: Callable[[Any], Any]) -> Any:
    """A request with each leaf changed as a whole."""
    match document:
        case _ if isinstance(document, VALUE_TYPES):
            return change(document)
        case Mapping():
            return {name: each_leaf(inner, change) for name, inner in document.items()}
        case list() | tuple():
            return [each_leaf(inner, change) for inner in document]
        case _:
            return document


def as_document(request: Any) -> Any:
    """A request with what is written out as values too."""
    match request:
        case str() | int() | float():
            return Literal(value=request)
        case _ if isinstance(request, VALUE_TYPES):
            return request
        case Mapping():
            return {name: as_document(inner) for name, inner in request.items()}
        case list() | tuple():
            return [as_document(inner) for inner in request]
        case _:
            return request
