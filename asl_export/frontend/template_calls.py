"""Calls of a template: xcom_pull, macros, and methods of texts, dates and mappings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jinja2 import nodes

from asl_export.frontend.template_filters import replaced, trimmed
from asl_export.frontend.template_names import article, path_of, read_name, source_text
from asl_export.frontend.template_scope import Expressions
from asl_export.frontend.template_words import DATE_DIRECTIVES, TEXT_METHODS
from asl_export.frontend.template_xcom import pull
from asl_export.ir.values import Call, Function, Kind, Literal, Value, kind_of


def read_call(reader: Expressions, node: nodes.Call) -> Value:
    """What a call gives."""
    root, steps = path_of(reader, node.node)
    keys = [key for key, _ in steps]
    if isinstance(root, nodes.Name):
        match root.name, keys:
            case (("ti" | "task_instance"), ["xcom_pull"]):
                return pull(reader, node, parsed=False)
            case "macros", [*names]:
                return _macro(reader, node, ".".join(map(str, names)))
    if not isinstance(node.node, nodes.Getattr):
        raise reader.refuse(node, f"the call {source_text(node.node)}()")
    method, owner = node.node.attr, node.node.node
    if method == "get" and not node.kwargs:
        return _get(reader, node, owner)
    value = reader.value(owner)
    match value:
        case Call(function=Function.LOGICAL_DATE_TEXT, arguments=[moment]):
            return _date_method(reader, node, method, moment)
        case _ if kind_of(value) is Kind.TEXT and method in TEXT_METHODS and not node.kwargs:
            return _text_method(reader, node, method, value)
        case _:
            raise reader.refuse(node, f"the call .{method}()")


def _macro(reader: Expressions, node: nodes.Call, name: str) -> Value:
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise reader.refuse(node, f"the call macros.{name}() with arguments by name")
    match name, node.args:
        case "json.loads", [nodes.Call() as inner] if _is_pull(inner):
            return pull(reader, inner, parsed=True)
        case "json.loads", [text] if kind_of(value := reader.value(text)) in (Kind.TEXT, Kind.ANY):
            return Call(function=Function.FROM_JSON, arguments=(value,), kind=Kind.ANY)
        case "ds_add", [day, number]:
            moved = reader.value(day), reader.value(number)
            if [kind_of(part) for part in moved] == [Kind.TEXT, Kind.INTEGER]:
                return Call(function=Function.ADD_DAYS, arguments=moved, kind=Kind.TEXT)
            raise reader.refuse(node, "macros.ds_add() of anything but a text and a whole number")
        case "ds_format", [day, nodes.Const(value="%Y-%m-%d"), nodes.Const(value=str() as form)]:
            match reader.value(day):
                case Call(function=Function.DATE, arguments=[moment]):
                    return _formatted(reader, node, moment, form)
            raise reader.refuse(node, "macros.ds_format() of anything but ds")
        case _:
            raise reader.refuse(node, f"the call macros.{name}()")


def _is_pull(node: nodes.Call) -> bool:
    match node.node:
        case nodes.Getattr(node=nodes.Name(name="ti" | "task_instance"), attr="xcom_pull"):
            return True
        case _:
            return False


def _get(reader: Expressions, node: nodes.Call, owner: nodes.Node) -> Value:
    """`.get(key, default)` of params, dag_run.conf, or of a part of them or of a result."""
    match node.args:
        case [nodes.Const(value=str()) as key]:
            default: Value = Literal(value=None)
        case [nodes.Const(value=str()) as key, other]:
            default = reader.value(other)
        case _:
            raise reader.refuse(node, ".get() of a key that isn't a constant text")
    match owner:
        case nodes.Name(name="params") | nodes.Getattr(node=nodes.Name(name="dag_run"), attr="conf"):
            value = read_name(reader, nodes.Getitem(owner, key, "load", lineno=node.lineno))
            kind = kind_of(value) if kind_of(value) is kind_of(default) else Kind.ANY
            return Call(function=Function.DEFAULT, arguments=(value, default), kind=kind)
    value = reader.value(owner)
    if kind_of(value) not in (Kind.OBJECT, Kind.ANY):
        raise reader.refuse(node, f"the call .get() of {article(kind_of(value))}")
    return Call(function=Function.GET, arguments=(value, Literal(value=key.value), default), kind=Kind.ANY)


def _text_method(reader: Expressions, node: nodes.Call, method: str, value: Value) -> Value:
    known = TEXT_METHODS[method]
    arguments = [reader.value(argument) for argument in node.args]
    if not known.least <= len(arguments) <= known.most:
        raise reader.refuse(node, f".{method}() with {len(arguments)} arguments")
    if any(kind_of(argument) is not Kind.TEXT for argument in arguments[:2]):
        raise reader.refuse(node, f".{method}() with an argument that isn't known to be a text")
    if known.function is Function.TRIM:
        return trimmed(reader, node, value, arguments[0] if arguments else None)
    if known.function is Function.REPLACE:
        return replaced(reader, node, value, dict(zip(("old", "new", "count"), arguments, strict=False)))
    return Call(function=known.function, arguments=(value, *arguments), kind=known.kind)


def _date_method(reader: Expressions, node: nodes.Call, method: str, moment: Value) -> Value:
    match method, _constants(node):
        case "isoformat", []:
            return Call(function=Function.TIMESTAMP, arguments=(moment,), kind=Kind.TEXT)
        case "to_date_string", []:
            return _formatted(reader, node, moment, "%Y-%m-%d")
        case "to_datetime_string", []:
            return _formatted(reader, node, moment, "%Y-%m-%d %H:%M:%S")
        case "strftime", [str() as form]:
            return _formatted(reader, node, moment, form)
        case _:
            raise reader.refuse(node, f"the call .{method}() of a date")


def _formatted(reader: Expressions, node: nodes.Node, moment: Value, form: str) -> Value:
    """A date in a format of Python's strftime."""
    unknown = [part for part in re.findall(r"%.?", form, re.DOTALL) if part not in DATE_DIRECTIVES]
    if unknown:
        raise reader.refuse(
            node,
            f"{unknown[0]!r} in the date format {form!r} can't be written by a state machine",
            why="it knows " + " ".join(sorted(DATE_DIRECTIVES)),
            fix="use those",
        )
    return Call(function=Function.FORMAT_DATE, arguments=(moment, Literal(value=form)), kind=Kind.TEXT)


def _constants(node: nodes.Call) -> Sequence[object]:
    plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    constants = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    return constants if plain and len(constants) == len(node.args) else [node]
