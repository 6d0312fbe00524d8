"""Filters of a template: https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from asl_export.frontend.template_names import article, part_of
from asl_export.frontend.template_scope import Expressions
from asl_export.frontend.template_words import DATE_FORMS, FILTERS, NUMBERS
from asl_export.ir.values import (
    Call,
    Function,
    Input,
    Kind,
    ListOf,
    Literal,
    Origin,
    TaskOutput,
    Value,
    format_text,
    kind_of,
)

_MOST_DIGITS = 15


def read_filter(reader: Expressions, node: nodes.Filter) -> Value:
    """A filter applied to a value."""
    if node.node is None or node.name not in FILTERS:
        raise reader.refuse(node, f"the filter {node.name!r}")
    given = _arguments(reader, node)
    value = reader.value(node.node)
    match node.name:
        case "default" | "d":
            return _default(reader, node, value, given)
        case "lower" | "upper" | "string":
            function = Function(node.name)
            return _text(function, textual(reader, node, value))
        case "trim":
            return trimmed(reader, node, textual(reader, node, value), given.get("chars"))
        case "replace":
            return replaced(reader, node, textual(reader, node, value), given)
        case "join":
            return _join(reader, node, value, given.get("d", Literal(value="")))
        case "tojson":
            return _text(Function.TO_JSON, value)
        case "int" | "float":
            return _number(reader, node, value, given.get("default"))
        case "length" | "count":
            return _length(reader, node, value)
        case "round":
            return _round(reader, node, value, given)
        case "first" | "last":
            return _end(reader, node, value)
        case _:
            return _date_form(reader, node, value)


def textual(reader: Expressions, node: nodes.Node, value: Value) -> Value:
    """A value that Python's str() writes as the machine can."""
    if kind_of(value) in (Kind.LIST, Kind.OBJECT):
        raise reader.refuse(
            node,
            f"{article(kind_of(value))} as text",
            why="Airflow writes it as Python does",
            fix="write | tojson first",
        )
    return value


def trimmed(reader: Expressions, node: nodes.Node, value: Value, letters: Value | None) -> Value:
    """A text without blanks, or the letters given, at its ends."""
    match letters:
        case None | Literal(value=None):
            return _text(Function.TRIM, value)
        case Literal(value=str() as given) if given and all(ord(letter) <= 0xFFFF for letter in given):
            return _text(Function.TRIM, value, letters)
        case _:
            raise reader.refuse(node, "to trim letters that aren't a constant text")


def replaced(reader: Expressions, node: nodes.Node, value: Value, given: Mapping[str, Value]) -> Value:
    """A text with one part replaced by another, everywhere or so many times."""
    if set(given) < {"old", "new"}:
        raise reader.refuse(node, f"'replace' with {len(given)} arguments")
    old, new, count = given["old"], given["new"], given.get("count", Literal(value=None))
    if not isinstance(old, Literal) or old.value == "":
        raise reader.refuse(
            node,
            "'replace' of a text that isn't constant, or of an empty one, can't be evaluated by a state machine",
            why="Python puts the new text between all letters when the old one is empty",
            fix="write the old text into the template",
        )
    texts = (value, textual(reader, node, old), textual(reader, node, new))
    match count:
        case Literal(value=None):
            return _text(Function.REPLACE, *texts)
        case Literal(value=int() as number) if number >= 0 and not isinstance(number, bool):
            return _text(Function.REPLACE, *texts, count)
        case _:
            raise reader.refuse(node, "'replace' with a count that isn't a constant")


def _arguments(reader: Expressions, node: nodes.Filter) -> dict[str, Value]:
    """A filter's arguments by name."""
    names = FILTERS[node.name]
    keywords: dict[str, nodes.Expr] = {str(pair.key): pair.value for pair in node.kwargs}
    unknown = [key for key in keywords if key not in names]
    if node.dyn_args or node.dyn_kwargs or len(node.args) > len(names) or unknown:
        what = f" with {unknown[0]}" if unknown else f" with {len(node.args)} arguments" if node.args else ""
        raise reader.refuse(node, f"the filter {node.name!r}{what}")
    given = dict(zip(names, node.args, strict=False)) | keywords
    return {name: reader.value(argument) for name, argument in given.items()}


def _text(function: Function, *arguments: Value) -> Value:
    return Call(function=function, arguments=arguments, kind=Kind.TEXT)


def _default(reader: Expressions, node: nodes.Filter, value: Value, given: Mapping[str, Value]) -> Value:
    default = given.get("default_value", Literal(value=""))
    match given.get("boolean", Literal(value=False)):
        case Literal(value=bool() as even_if_false):
            pass
        case _:
            raise reader.refuse(node, f"the filter {node.name!r} with a second argument that isn't true or false")
    kinds = {kind_of(value), kind_of(default)}
    kind = kind_of(value) if len(kinds) == 1 else Kind.NUMBER if kinds <= NUMBERS else Kind.ANY
    if even_if_false:
        return Call(function=Function.DEFAULT_IF_FALSE, arguments=(value, default), kind=kind)
    if not isinstance(value, Input | TaskOutput) or _is_given(reader, value):
        return value
    return Call(function=Function.DEFAULT, arguments=(value, default), kind=kind)


def _is_given(reader: Expressions, value: Value) -> bool:
    """Whether the machine gives it a value, or doesn't start: a param of the DAG."""
    match value:
        case Input(origin=Origin.PARAMS, path=[str() as name]):
            return name in reader.scope.params
        case _:
            return False


def _join(reader: Expressions, node: nodes.Filter, value: Value, separator: Value) -> Value:
    match value:
        case Literal(value=list() as constants):
            items: list[Value] = [Literal(value=constant) for constant in constants]
        case ListOf(items=values):
            items = list(values)
        case _ if kind_of(value) in (Kind.ANY, Kind.LIST):
            return _text(Function.JOIN, value, textual(reader, node, separator))
        case _:
            raise reader.refuse(node, f"'join' of {article(kind_of(value))}")
    parts = [part for item in items for part in (separator, textual(reader, node, item))]
    return format_text(parts[1:])


def _number(reader: Expressions, node: nodes.Filter, value: Value, default: Value | None) -> Value:
    kind = Kind.INTEGER if node.name == "int" else Kind.FLOAT
    if kind_of(value) in (Kind.LIST, Kind.OBJECT, Kind.DATE):
        raise reader.refuse(node, f"{node.name!r} of {article(kind_of(value))}")
    if default is not None and kind_of(default) is not kind:
        raise reader.refuse(
            node,
            f"{node.name!r} with a default that is {article(kind_of(default))}",
            why="the type of the value would depend on the run",
            fix="give a default of that type",
        )
    arguments = (value,) if default is None else (value, default)
    return Call(function=Function(node.name), arguments=arguments, kind=kind)


def _length(reader: Expressions, node: nodes.Filter, value: Value) -> Value:
    match value:
        case Literal(value=str() | list() | dict() as constant):
            return Literal(value=len(constant))
        case ListOf(items=items):
            return Literal(value=len(items))
        case _ if kind_of(value) in (Kind.ANY, Kind.TEXT, Kind.LIST, Kind.OBJECT):
            return Call(function=Function.LENGTH, arguments=(value,), kind=Kind.INTEGER)
        case _:
            raise reader.refuse(node, f"{node.name!r} of {article(kind_of(value))}")


def _round(reader: Expressions, node: nodes.Filter, value: Value, given: Mapping[str, Value]) -> Value:
    precision, method = given.get("precision", Literal(value=0)), given.get("method", Literal(value="common"))
    kind = kind_of(value)
    match precision, method:
        case Literal(value=int() as digits), Literal(value="common" | "ceil" | "floor" as name):
            if isinstance(digits, bool) or abs(digits) > _MOST_DIGITS:
                raise reader.refuse(node, f"'round' to {digits} digits")
        case _:
            raise reader.refuse(node, "'round' with a precision or method that isn't a constant")
    if kind not in NUMBERS | {Kind.ANY}:
        raise reader.refuse(node, f"'round' of {article(kind)}")
    if name == "common" and kind is Kind.INTEGER and digits >= 0:
        return value
    result = kind if name == "common" and kind is not Kind.ANY else Kind.NUMBER if name == "common" else Kind.FLOAT
    return Call(function=Function.ROUND, arguments=(value, precision, method), kind=result)


def _end(reader: Expressions, node: nodes.Filter, value: Value) -> Value:
    if kind_of(value) not in (Kind.ANY, Kind.LIST):
        raise reader.refuse(node, f"{node.name!r} of {article(kind_of(value))}")
    return part_of(reader, node, value, [0 if node.name == "first" else -1])


def _date_form(reader: Expressions, node: nodes.Filter, value: Value) -> Value:
    """Airflow's own filters of a date."""
    match value:
        case Call(function=Function.LOGICAL_DATE_TEXT, arguments=[moment]):
            return _text(DATE_FORMS[node.name], moment)
        case _:
            raise reader.refuse(node, f"the filter {node.name!r} of {article(kind_of(value))}")
