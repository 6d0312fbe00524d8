"""Comparisons and tests of a template: what is true or false."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from asl_export.frontend.template_names import article, no_date
from asl_export.frontend.template_scope import Expressions
from asl_export.frontend.template_words import COMPARING_TESTS, COMPARISONS, NUMBERS, TYPE_TESTS
from asl_export.ir.values import Call, Function, Input, Kind, ListOf, Literal, Origin, TaskOutput, Value, kind_of

_PYTHON: Mapping[Function, Callable[[Any, Any], Any]] = {
    Function.EQUAL: operator.eq,
    Function.NOT_EQUAL: operator.ne,
    Function.LESS: operator.lt,
    Function.LESS_EQUAL: operator.le,
    Function.GREATER: operator.gt,
    Function.GREATER_EQUAL: operator.ge,
}


def compare(reader: Expressions, node: nodes.Compare) -> Value:
    """A comparison; `a < b < c` is two, of which both must be true."""
    found: Value | None = None
    left = node.expr
    for operand in node.ops:
        pair = relation(reader, node, operand.op, left, operand.expr)
        found = pair if found is None else boolean(Function.AND, found, pair)
        left = operand.expr
    return found if found is not None else reader.value(left)


def relation(reader: Expressions, node: nodes.Node, op: str, left: nodes.Expr, right: nodes.Expr) -> Value:
    """Two expressions compared."""
    if op in ("in", "notin"):
        found = _membership(reader, node, left, right)
        return found if op == "in" else boolean(Function.NOT, found)
    return _compared(reader, node, COMPARISONS[op], reader.value(left), reader.value(right))


def boolean(function: Function, *arguments: Value) -> Value:
    """A call that is true or false."""
    return Call(function=function, arguments=arguments, kind=Kind.BOOLEAN)


def _compared(reader: Expressions, node: nodes.Node, function: Function, left: Value, right: Value) -> Value:
    kinds = {kind_of(left), kind_of(right)}
    if Kind.DATE in kinds:
        raise reader.refuse(
            node,
            "a date can't be compared",
            why="the exported machine holds it as text",
            fix="compare texts of one form: ds with '2026-03-09', or ts with ts",
        )
    if isinstance(left, Literal) and isinstance(right, Literal):
        try:
            return Literal(value=bool(_PYTHON[function](left.value, right.value)))
        except TypeError as error:
            raise reader.refuse(node, str(error), why="Airflow can't compare them either", fix="correct it") from error
    ordered = function not in (Function.EQUAL, Function.NOT_EQUAL)
    known = kinds - {Kind.ANY}
    if ordered and not (known <= NUMBERS or known == {Kind.TEXT}):
        what = " and ".join(sorted(article(kind) for kind in known))
        raise reader.refuse(node, f"{function.value!r} of {what}", why="they have no order", fix="compare alike things")
    return boolean(function, left, right)


def _membership(reader: Expressions, node: nodes.Node, left: nodes.Expr, right: nodes.Expr) -> Value:
    """`in`: an item of a list that is written here, or a part of a text, an item or key of what is known in the run."""
    match left, right:
        case nodes.Const(value=str() as key), nodes.Name(name="params"):
            no_date(reader, node, key, "params")
            return boolean(Function.IS_DEFINED, Input(origin=Origin.PARAMS, path=(key,), source=f"params.{key}"))
        case nodes.Const(value=str() as key), nodes.Getattr(node=nodes.Name(name="dag_run"), attr="conf"):
            no_date(reader, node, key, "dag_run.conf")
            source = f"dag_run.conf.{key}"
            return boolean(Function.IS_DEFINED, Input(origin=Origin.CONF, path=(key,), source=source))
    wanted, holder = reader.value(left), reader.value(right)
    match holder:
        case Literal(value=list() | dict() as items):
            return _any_equal(reader, node, wanted, [Literal(value=item) for item in items])
        case ListOf(items=values):
            return _any_equal(reader, node, wanted, list(values))
    kinds = kind_of(holder), kind_of(wanted)
    match kinds:
        case Kind.TEXT, (Kind.TEXT | Kind.ANY):
            return boolean(Function.CONTAINS, holder, wanted)
        case ((Kind.LIST | Kind.OBJECT | Kind.ANY), Kind.TEXT):
            return boolean(Function.CONTAINS, holder, wanted)
        case _:
            raise reader.refuse(
                node,
                f"'in' with {article(kinds[1])} on the left and {article(kinds[0])} on the right",
                why="only a text is looked for in the same way by a state machine",
                fix="write the list here, as in params.x in [1, 2], or look for a text",
            )


def _any_equal(reader: Expressions, node: nodes.Node, wanted: Value, items: list[Value]) -> Value:
    found: Value | None = None
    for item in items:
        equal = _compared(reader, node, Function.EQUAL, wanted, item)
        found = equal if found is None else boolean(Function.OR, found, equal)
    return Literal(value=False) if found is None else found


def read_test(reader: Expressions, node: nodes.Test) -> Value:
    """A test, `is …`."""
    name, value = node.name, reader.value(node.node)
    arguments = list(node.args)
    if kind_of(value) is Kind.DATE and name not in ("defined", "undefined"):
        raise reader.refuse(node, f"the test 'is {name}' of a date")
    match name, arguments:
        case "defined", []:
            return _defined(value)
        case "undefined", []:
            return boolean(Function.NOT, _defined(value))
        case (("true" | "false"), []):
            same = boolean(Function.EQUAL, value, Literal(value=name == "true"))
            return (
                same
                if kind_of(value) is Kind.BOOLEAN
                else boolean(Function.AND, _type(Function.IS_BOOLEAN, value), same)
            )
        case (("odd" | "even"), []) if kind_of(value) is Kind.INTEGER:
            rest = Call(function=Function.MODULO, arguments=(value, Literal(value=2)), kind=Kind.INTEGER)
            return boolean(Function.EQUAL, rest, Literal(value=int(name == "odd")))
        case "divisibleby", [nodes.Const(value=int() as number)] if kind_of(value) is Kind.INTEGER and number:
            rest = Call(function=Function.MODULO, arguments=(value, Literal(value=number)), kind=Kind.INTEGER)
            return boolean(Function.EQUAL, rest, Literal(value=0))
        case _, [other] if name in COMPARING_TESTS:
            return relation(reader, node, COMPARING_TESTS[name], node.node, other)
        case _, [] if name in TYPE_TESTS:
            return _type(TYPE_TESTS[name], value)
        case _:
            raise reader.refuse(node, f"the test 'is {name}' of {article(kind_of(value))}")


def _defined(value: Value) -> Value:
    """Only a part of what comes into the run, or of a result, may be missing."""
    if isinstance(value, Input | TaskOutput):
        return boolean(Function.IS_DEFINED, value)
    return Literal(value=True)


def _type(function: Function, value: Value) -> Value:
    if isinstance(value, Literal):
        tests: Mapping[Function, bool] = {
            Function.IS_NONE: value.value is None,
            Function.IS_TEXT: isinstance(value.value, str),
            Function.IS_NUMBER: isinstance(value.value, int | float),
            Function.IS_BOOLEAN: isinstance(value.value, bool),
            Function.IS_MAPPING: isinstance(value.value, dict),
        }
        return Literal(value=tests[function])
    return boolean(function, value)
