"""The words of a template that a state machine knows: names, operators, filters, tests, methods."""

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
    "array": Kind.LIST,
    "object": Kind.OBJECT,
}
NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.FLOAT})
SCALARS = NUMBERS | {Kind.TEXT, Kind.BOOLEAN, Kind.DATE}


def _date(moment: Moment) -> Value:
    return Call(function=Function.LOGICAL_DATE_TEXT, arguments=(Context(moment=moment),), kind=Kind.DATE)


def _form(function: Function) -> Value:
    return Call(function=function, arguments=(Context(moment=Moment.LOGICAL_DATE),), kind=Kind.TEXT)


RUN_ID = Context(moment=Moment.RUN_ID)
DATES: Mapping[str, Value] = {
    "logical_date": _date(Moment.LOGICAL_DATE),
    "data_interval_start": _date(Moment.DATA_INTERVAL_START),
    "data_interval_end": _date(Moment.DATA_INTERVAL_END),
}
DATE_FORMS: Mapping[str, Function] = {
    "ds": Function.DATE,
    "ds_nodash": Function.DATE_NODASH,
    "ts": Function.TIMESTAMP,
    "ts_nodash": Function.TIMESTAMP_NODASH,
    "ts_nodash_with_tz": Function.TIMESTAMP_NODASH_WITH_TZ,
}
"""Names of the logical date's forms, and Airflow's filters of any date."""
NAMES: Mapping[str, Value] = {
    "run_id": RUN_ID,
    **{name: _form(function) for name, function in DATE_FORMS.items()},
    **DATES,
}
DATE_PARTS: Mapping[str, str] = {
    "year": "%Y",
    "month": "%m",
    "day": "%d",
    "hour": "%H",
    "minute": "%M",
    "second": "%S",
}
"""Attributes of a date, and the format whose text is their number."""
DATE_DIRECTIVES = frozenset({"%Y", "%m", "%d", "%H", "%M", "%S", "%j", "%%"})

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
COMPARING_TESTS: Mapping[str, str] = {
    **dict.fromkeys(("eq", "equalto", "=="), "eq"),
    **dict.fromkeys(("ne", "!="), "ne"),
    **dict.fromkeys(("lt", "lessthan", "<"), "lt"),
    **dict.fromkeys(("le", "<="), "lteq"),
    **dict.fromkeys(("gt", "greaterthan", ">"), "gt"),
    **dict.fromkeys(("ge", ">="), "gteq"),
    "in": "in",
}
TYPE_TESTS: Mapping[str, Function] = {
    "none": Function.IS_NONE,
    "string": Function.IS_TEXT,
    "number": Function.IS_NUMBER,
    "boolean": Function.IS_BOOLEAN,
    "mapping": Function.IS_MAPPING,
}

FILTERS: Mapping[str, tuple[str, ...]] = {
    "default": ("default_value", "boolean"),
    "d": ("default_value", "boolean"),
    "lower": (),
    "upper": (),
    "trim": ("chars",),
    "replace": ("old", "new", "count"),
    "join": ("d",),
    "tojson": (),
    "string": (),
    "int": ("default",),
    "float": ("default",),
    "length": (),
    "count": (),
    "round": ("precision", "method"),
    "first": (),
    "last": (),
    **dict.fromkeys(DATE_FORMS, ()),
}
"""The filters with their parameters' names; `attribute`, `base` and `indent` are known to nobody here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of a text: the function it is, and how many arguments it takes at least and at most."""

    function: Function
    least: int
    most: int
    kind: Kind = Kind.TEXT


TEXT_METHODS: Mapping[str, Method] = {
    "upper": Method(function=Function.UPPER, least=0, most=0),
    "lower": Method(function=Function.LOWER, least=0, most=0),
    "strip": Method(function=Function.TRIM, least=0, most=1),
    "replace": Method(function=Function.REPLACE, least=2, most=3),
    "startswith": Method(function=Function.STARTS_WITH, least=1, most=1, kind=Kind.BOOLEAN),
    "endswith": Method(function=Function.ENDS_WITH, least=1, most=1, kind=Kind.BOOLEAN),
}
MAPPING_METHODS = frozenset({name for name in dir(dict) if not name.startswith("_")})
"""Attributes of a mapping: Jinja prefers them to a key of the same name."""
