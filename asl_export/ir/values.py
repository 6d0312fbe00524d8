"""What a field of a job holds: a literal, or an expression that the state machine evaluates.

A *document* is JSON with a `Value` wherever a leaf may be: `dict[str, Document] | list[Document] | Value`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is known, before the run, about the JSON type of a value."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ANY = "any"


class Origin(StrEnum):
    """Which part of the DAG run an `Input` reads."""

    PARAMS = "params"
    CONF = "conf"


class Moment(StrEnum):
    """A fact about the run itself."""

    RUN_ID = "run_id"
    LOGICAL_DATE = "logical_date"
    MAP_INDEX = "map_index"


class Function(StrEnum):
    """What a `Call` computes; the names are Jinja's and Airflow's."""

    DEFAULT = "default"
    LOWER = "lower"
    UPPER = "upper"
    TRIM = "trim"
    REPLACE = "replace"
    JOIN = "join"
    TO_JSON = "tojson"
    INT = "int"
    LENGTH = "length"
    ROUND = "round"
    BATCH_TEXT = "batch_text"
    WHOLE_NUMBER = "whole_number"
    IF = "if"
    AND = "and"
    OR = "or"
    NOT = "not"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    FLOOR_DIVIDE = "//"
    MODULO = "%"
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_EQUAL = "<="
    GREATER = ">"
    GREATER_EQUAL = ">="
    DATE = "ds"
    DATE_NODASH = "ds_nodash"
    TIMESTAMP = "ts"
    TIMESTAMP_NODASH = "ts_nodash"
    TIMESTAMP_NODASH_WITH_TZ = "ts_nodash_with_tz"
    LOGICAL_DATE_TEXT = "logical_date"
    PARSE = "document of JSON text"
    S3_BUCKET = "bucket of an S3 URI"
    S3_KEY = "key of an S3 URI"
    HAS_ITEMS = "list with items"
    ANY_ENDED = "ends of all items"  # outputs, literal name, literal way
    ALL_OF = "results of all items"  # outputs, literal name


Key = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A JSON value that is known now."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A part of what the run was started with; `kind` comes from the Param's schema."""

    origin: Origin
    path: tuple[Key, ...]
    kind: Kind = Kind.ANY
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """What a task upstream returned: a Batch job's id."""

    task: str
    key: str = "return_value"
    path: tuple[Key, ...] = ()
    kind: Kind = Kind.ANY
    source: str = ""


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
    for a place that may not exist when the run gets there.
    """

    root: Root
    path: tuple[Key, ...]
    kind: Kind
    source: str = ""
    certain: bool = True


Value = Literal | Input | TaskOutput | Item | Context | Reference | Format | Call
Document = Any

VALUE_TYPES = (Literal, Input, TaskOutput, Item, Context, Reference, Format, Call)


def kind_of(value: Value) -> Kind:
    """The JSON type of a value as far as it is known before the run."""
    match value:
        case Literal(value=bool()):
            return Kind.BOOLEAN
        case Literal(value=int()):
            return Kind.INTEGER
        case Literal(value=float()):
            return Kind.NUMBER
        case Literal(value=str()) | Format() | TaskOutput():
            return Kind.TEXT
        case Literal():
            return Kind.ANY
        case Context(moment=moment):
            return Kind.INTEGER if moment is Moment.MAP_INDEX else Kind.TEXT
        case Input(kind=kind) | Item(kind=kind) | Reference(kind=kind) | Call(kind=kind):
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
        case [only] if kind_of(only) is Kind.TEXT:
            return only
        case _:
            return Format(parts=tuple(joined))


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
            case Mapping() as mapping:
                waiting.extend(reversed(list(mapping.values())))
            case list() | tuple() as items:
                waiting.extend(reversed(items))
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
        case Literal() | Input() | TaskOutput() | Item() | Context() | Reference():
            return change(document)
        case Mapping():
            return {key: replace_values(item, change) for key, item in document.items()}
        case list() | tuple():
            return [replace_values(item, change) for item in document]
        case _:
            return document
