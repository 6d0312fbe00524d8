"""The words of a template that a state machine knows: names, operators, filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import nodes

from asl_export.ir.values import Call, Context, Function, Kind, Moment, Value

SCHEMA_KINDS = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}
LOGICAL_DATE = Context(moment=Moment.LOGICAL_DATE)
NAMES: Mapping[str, Value] = {
    "run_id": Context(moment=Moment.RUN_ID),
    "ds": Call(function=Function.DATE, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
    "ds_nodash": Call(function=Function.DATE_NODASH, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
    "ts": Call(function=Function.TIMESTAMP, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
    "ts_nodash": Call(function=Function.TIMESTAMP_NODASH, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
    "ts_nodash_with_tz": Call(function=Function.TIMESTAMP_NODASH_WITH_TZ, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
    "logical_date": Call(function=Function.LOGICAL_DATE_TEXT, arguments=(LOGICAL_DATE,), kind=Kind.TEXT),
}
BINARY: Mapping[type[nodes.Expr], Function] = {
    nodes.Add: Function.ADD,
    nodes.Sub: Function.SUBTRACT,
    nodes.Mul: Function.MULTIPLY,
    nodes.Div: Function.DIVIDE,
    nodes.FloorDiv: Function.FLOOR_DIVIDE,
    nodes.Mod: Function.MODULO,
}
COMPARISONS: Mapping[str, Function] = {
    "eq": Function.EQUAL,
    "ne": Function.NOT_EQUAL,
    "lt": Function.LESS,
    "lteq": Function.LESS_EQUAL,
    "gt": Function.GREATER,
    "gteq": Function.GREATER_EQUAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A Jinja filter: how many arguments it takes at least and at most, and what kind it gives."""

    function: Function
    least: int
    most: int
    kind: Kind


FILTERS: Mapping[str, Filter] = {
    "default": Filter(function=Function.DEFAULT, least=1, most=1, kind=Kind.ANY),
    "d": Filter(function=Function.DEFAULT, least=1, most=1, kind=Kind.ANY),
    "lower": Filter(function=Function.LOWER, least=0, most=0, kind=Kind.TEXT),
    "upper": Filter(function=Function.UPPER, least=0, most=0, kind=Kind.TEXT),
    "trim": Filter(function=Function.TRIM, least=0, most=0, kind=Kind.TEXT),
    "replace": Filter(function=Function.REPLACE, least=2, most=2, kind=Kind.TEXT),
    "join": Filter(function=Function.JOIN, least=0, most=1, kind=Kind.TEXT),
    "tojson": Filter(function=Function.TO_JSON, least=0, most=0, kind=Kind.TEXT),
    "int": Filter(function=Function.INT, least=0, most=0, kind=Kind.INTEGER),
    "length": Filter(function=Function.LENGTH, least=0, most=0, kind=Kind.INTEGER),
    "count": Filter(function=Function.LENGTH, least=0, most=0, kind=Kind.INTEGER),
    "round": Filter(function=Function.ROUND, least=0, most=1, kind=Kind.NUMBER),
}
