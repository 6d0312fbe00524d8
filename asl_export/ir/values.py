"""What a field of a job holds: a literal, or an expression that the state machine evaluates.

A *document* is JSON with a `Value` wherever a leaf may be: `dict[str, Document] | list[Document] | Value`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from asl_export.ir.functions import Function as Function


class Kind(StrEnum):
    """What is known, before the run, about the JSON type of a value."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    FLOAT = "float"
    """A number that Python holds as a float, whole or not; a NUMBER may be either."""
    LIST = "list"
    OBJECT = "mapping"
    DATE = "date"
    """A date and time; a machine holds the text that Airflow shows for it."""
    ANY = "any"


class Origin(StrEnum):
    """Which part of the DAG run an `Input` reads."""

    PARAMS = "params"
    CONF = "conf"


class Moment(StrEnum):
    """A fact about the run itself."""

    RUN_ID = "run_id"
    LOGICAL_DATE = "logical_date"
    DATA_INTERVAL_START = "data_interval_start"
    DATA_INTERVAL_END = "data_interval_end"
    MAP_INDEX = "map_index"


Key = str | int

RETURN_VALUE = "return_value"
"""The XCom key of what a task returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A JSON value that is known now."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A part of what the run was started with; `kind` comes from the Param's schema.

    `floating`: of no single kind, and as far as the DAG tells it may be a number that Python holds as a float.
    """

    origin: Origin
    path: tuple[Key, ...]
    kind: Kind = Kind.ANY
    source: str = ""
    floating: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """What a task upstream returned, or another of its XComs; `path` leads into it.

    Of a mapped task it is the list of what all items returned. `source` is what the DAG's author wrote.
    """

    task: str
    key: str = RETURN_VALUE
    path: tuple[Key, ...] = ()
    kind: Kind = Kind.ANY
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What is known of a task's results: the kind of what it returns, and its other XComs by key.

    `keys` None: any key, because it returns a document whose keys are XComs too. `parts`: what the machine keeps of a
    key that it doesn't keep as a whole, with the kind of each. `mapped`: a read gives a list, of all items' values.
    `json_text`: it returns the JSON text of a payload, which the machine keeps as the payload. `beside`: it belongs to
    the same item of a mapped group as the task that reads it. `pushed` False: Airflow keeps nothing of what it returns,
    only what it hands over by itself, which `keys` names.
    """

    kind: Kind = Kind.ANY
    keys: Mapping[str, Kind] | None = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict)
    mapped: bool = False
    json_text: bool = False
    beside: bool = False
    pushed: bool = True

    def is_kept(self, key: str) -> bool:
        """Whether Airflow keeps a value by this key, as far as the task's settings say."""
        return self.pushed or (key != RETURN_VALUE and key in (self.keys or {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The item of the Map (named by its task or group) that this iteration works on."""

    map: str
    path: tuple[Key, ...] = ()
    kind: Kind = Kind.ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A fact about the run."""

    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Text made of parts, each turned to text as Jinja does (`str()`)."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function of values, with the kind of its result."""

    function: Function
    arguments: tuple[Value, ...]
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list of values; an item that is a list stays one."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectOf:
    """A mapping from texts to values."""

    items: tuple[tuple[str, Value], ...]


class Root(StrEnum):
    """Where a `Reference` starts."""

    VARIABLE = "variable"
    STATE_INPUT = "state input"
    CONTEXT = "context"
    RESULT = "result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A place in a running state machine: what `lower` makes of inputs, outputs, items and contexts.

    `path` starts with the variable's name for a variable. `source` is what the DAG's author wrote. `certain` is False
    for a place that may not exist when the run gets there; then `sure` says how many steps of the path need no look at
    what they lead through. `floating` is that of an `Input`.
    """

    root: Root
    path: tuple[Key, ...]
    kind: Kind
    source: str = ""
    certain: bool = True
    sure: int = 1
    floating: bool = False


Value = Literal | Input | TaskOutput | Item | Context | Reference | Format | Call | ListOf | ObjectOf
Document = Any

VALUE_TYPES = (Literal, Input, TaskOutput, Item, Context, Reference, Format, Call, ListOf, ObjectOf)


def kind_of(value: Value) -> Kind:
    """The JSON type of a value as far as it is known before the run."""
    match value:
        case Literal(value=bool()):
            return Kind.BOOLEAN
        case Literal(value=int()):
            return Kind.INTEGER
        case Literal(value=float()):
            return Kind.FLOAT
        case Literal(value=str()) | Format():
            return Kind.TEXT
        case Literal(value=list()) | ListOf():
            return Kind.LIST
        case Literal(value=dict()) | ObjectOf():
            return Kind.OBJECT
        case Literal():
            return Kind.ANY
        case Context(moment=moment):
            return Kind.INTEGER if moment is Moment.MAP_INDEX else Kind.TEXT
        case Input(kind=kind) | TaskOutput(kind=kind) | Item(kind=kind) | Reference(kind=kind) | Call(kind=kind):
            return kind


def format_text(parts: Sequence[Value]) -> Value:
    """The text made of parts, as simple as it can be: literals joined, a single text part left as it is."""
    joined: list[Value] = []
    for part in parts:
        last = joined[-1] if joined else None
        text = Literal(value=str(part.value)) if isinstance(part, Literal) else part
        if isinstance(text, Literal) and isinstance(last, Literal):
            joined[-1] = Literal(value=last.value + text.value)
        elif text != Literal(value=""):
            joined.append(text)
    match joined:
        case []:
            return Literal(value="")
        case [only] if kind_of(only) in (Kind.TEXT, Kind.DATE):
            return only
        case _:
            return Format(parts=tuple(joined))


def value_of(document: Document) -> Value:
    """A document as one value: a literal if all of it is known."""
    match document:
        case _ if isinstance(document, VALUE_TYPES):
            value: Value = document
            return value
        case Mapping():
            entries = {str(name): value_of(inner) for name, inner in document.items()}
            known = {name: inner.value for name, inner in entries.items() if isinstance(inner, Literal)}
            if len(known) == len(entries):
                return Literal(value=known)
            return ObjectOf(items=tuple(entries.items()))
        case list() | tuple():
            items = [value_of(inner) for inner in document]
            literals = [inner.value for inner in items if isinstance(inner, Literal)]
            if len(literals) == len(items):
                return Literal(value=literals)
            return ListOf(items=tuple(items))
        case _:
            return Literal(value=document)


def walk(document: Document) -> Iterator[Value]:
    """Every value in a document, outer ones before the values they are made of."""
    waiting: list[Any] = [document]
    while waiting:
        match waiting.pop():
            case Format(parts=parts) as value:
                yield value
                waiting.extend(reversed(parts))
            case Call(arguments=arguments) as value:
                yield value
                waiting.extend(reversed(arguments))
            case ListOf(items=items) as value:
                yield value
                waiting.extend(reversed(items))
            case ObjectOf(items=entries) as value:
                yield value
                waiting.extend(reversed([entry for _, entry in entries]))
            case Mapping() as mapping:
                waiting.extend(reversed(list(mapping.values())))
            case list() | tuple() as inner:
                waiting.extend(reversed(inner))
            case Literal() | Input() | TaskOutput() | Item() | Context() | Reference() as value:
                yield value
            case _:
                pass


def replace_values(document: Document, change: Callable[[Value], Value]) -> Document:
    """The document with each innermost value changed; the functions and formats around them stay."""
    match document:
        case Format(parts=parts):
            return Format(parts=tuple(replace_values(part, change) for part in parts))
        case Call(function=function, arguments=arguments, kind=kind):
            changed = tuple(replace_values(argument, change) for argument in arguments)
            return Call(function=function, arguments=changed, kind=kind)
        case ListOf(items=items):
            return ListOf(items=tuple(replace_values(item, change) for item in items))
        case ObjectOf(items=entries):
            return ObjectOf(items=tuple((name, replace_values(item, change)) for name, item in entries))
        case Literal() | Input() | TaskOutput() | Item() | Context() | Reference():
            return change(document)
        case Mapping():
            return {key: replace_values(item, change) for key, item in document.items()}
        case list() | tuple():
            return [replace_values(item, change) for item in document]
        case _:
            return document
