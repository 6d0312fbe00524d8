"""The expressions of a template as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import nodes

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_calls import read_call
from asl_export.frontend.template_comparisons import compare, read_test
from asl_export.frontend.template_filters import read_filter
from asl_export.frontend.template_names import read_name, source_text, whole
from asl_export.frontend.template_parser import place_at, start_of
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.template_words import BINARY, NUMBERS
from asl_export.ir.values import (
    Call,
    Function,
    Kind,
    ListOf,
    Literal,
    ObjectOf,
    Value,
    format_text,
    kind_of,
)

_WHY = "the exported machine has no Airflow: it knows params, dag_run.conf, run_id, dates and results of tasks upstream"
_FIX = "give the value as a param, or write it into the DAG when it is parsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReader:
    """Reads the expressions of one template."""

    text: str
    scope: Scope

    def body(self, parts: Sequence[nodes.Node]) -> Value:
        """The text that a list of template nodes renders to."""
        values: list[Value] = []
        for part in parts:
            match part:
                case nodes.Output():
                    values.extend(self.shown(node) for node in part.nodes)
                case nodes.If():
                    values.append(self.block_if(part))
                case _:
                    raise self.refuse(part, f"the block {{% {_tag(part)} %}}")
        return format_text(values)

    def block_if(self, node: nodes.If) -> Value:
        """`{% if %}` with its branches as texts."""
        otherwise = self.body(node.else_)
        for branch in reversed(node.elif_):
            otherwise = _choice(self.test(branch.test), self.body(branch.body), otherwise)
        return _choice(self.test(node.test), self.body(node.body), otherwise)

    def shown(self, node: nodes.Expr) -> Value:
        """A part of a text: a constant, or a value that Airflow turns into text."""
        match node:
            case nodes.TemplateData():
                return Literal(value=node.data)
            case nodes.CondExpr(test=test, expr1=first, expr2=None):
                # Jinja shows nothing for the else that isn't there.
                return _choice(self.test(test), format_text([self.shown(first)]), Literal(value=""))
        value = self.value(node)
        if kind_of(value) in (Kind.LIST, Kind.OBJECT) and not isinstance(value, Literal):
            raise self.refuse(
                node,
                f"a {kind_of(value)} as text",
                why="Airflow writes it as Python does",
                fix="write | tojson, or | join(',')",
            )
        return value

    def value(self, node: nodes.Node) -> Value:
        """The value of an expression."""
        match node:
            case nodes.Const(value=constant):
                return Literal(value=constant)
            case nodes.List(items=items) | nodes.Tuple(items=items):
                return _list([self.value(item) for item in items])
            case nodes.Dict(items=pairs):
                return self.mapping(node, pairs)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return read_name(self, node)
            case nodes.Call():
                return whole(self, node, read_call(self, node))
            case nodes.Filter():
                return read_filter(self, node)
            case nodes.Test():
                return read_test(self, node)
            case nodes.Compare():
                return compare(self, node)
            case nodes.Concat(nodes=parts):
                return format_text([self.shown(part) for part in parts])
            case nodes.CondExpr(test=test, expr1=first, expr2=second) if second is not None:
                return _choice(self.test(test), self.value(first), self.value(second))
            case nodes.Not(node=inner):
                return Call(function=Function.NOT, arguments=(self.test(inner),), kind=Kind.BOOLEAN)
            case nodes.And(left=left, right=right):
                return self.logical(Function.AND, left, right)
            case nodes.Or(left=left, right=right):
                return self.logical(Function.OR, left, right)
            case nodes.Neg(node=nodes.Const(value=int() | float() as constant)):
                return Literal(value=-constant)
            case nodes.Neg(node=inner):
                return self.arithmetic(node, Function.SUBTRACT, Literal(value=0), self.value(inner))
            case nodes.BinExpr(left=left, right=right) if type(node) in BINARY:
                return self.arithmetic(node, BINARY[type(node)], self.value(left), self.value(right))
            case _:
                raise self.refuse(node, _describe(node))

    def test(self, node: nodes.Node) -> Value:
        """Whether Python takes an expression for true."""
        match node:
            case nodes.And(left=left, right=right):
                arguments = (self.test(left), self.test(right))
                return Call(function=Function.AND, arguments=arguments, kind=Kind.BOOLEAN)
            case nodes.Or(left=left, right=right):
                arguments = (self.test(left), self.test(right))
                return Call(function=Function.OR, arguments=arguments, kind=Kind.BOOLEAN)
        return _truth(self.value(node))

    def logical(self, function: Function, left: nodes.Expr, right: nodes.Expr) -> Value:
        """`and`, `or`: of values that aren't booleans Python gives one of the two."""
        first, second = self.value(left), self.value(right)
        if kind_of(first) is kind_of(second) is Kind.BOOLEAN:
            return Call(function=function, arguments=(first, second), kind=Kind.BOOLEAN)
        if function is Function.AND:
            return _choice(_truth(first), second, first)
        return _choice(_truth(first), first, second)

    def mapping(self, node: nodes.Node, pairs: Sequence[nodes.Pair]) -> Value:
        """A mapping whose keys are texts."""
        items: list[tuple[str, Value]] = []
        for pair in pairs:
            match pair:
                case nodes.Pair(key=nodes.Const(value=str() as key), value=value):
                    items.append((key, self.value(value)))
                case _:
                    raise self.refuse(node, "a mapping with keys that aren't constant texts")
        if all(isinstance(value, Literal) for _, value in items):
            return Literal(value={key: value.value for key, value in items if isinstance(value, Literal)})
        return ObjectOf(items=tuple(dict(items).items()))

    def arithmetic(self, node: nodes.Node, function: Function, left: Value, right: Value) -> Value:
        """Arithmetic of two numbers whose kind is known, because `+` of texts and lists means something else."""
        kinds = {kind_of(left), kind_of(right)}
        if function is Function.ADD and kinds == {Kind.TEXT}:
            return format_text((left, right))
        if not kinds <= NUMBERS:
            raise self.refuse(
                node,
                f"arithmetic {function.value!r} on a value that isn't known to be a number",
                why="on text or a list it would mean something else",
                fix='give the Param a type ("integer" or "number"), or write | int',
            )
        if function is Function.DIVIDE or Kind.FLOAT in kinds:
            kind = Kind.FLOAT
        else:
            kind = Kind.INTEGER if kinds == {Kind.INTEGER} else Kind.NUMBER
        return Call(function=function, arguments=(left, right), kind=kind)

    def called(self, node: nodes.Call) -> Value:
        """What a call gives, of which a part will be taken."""
        return read_call(self, node)

    def source(self, node: nodes.Node) -> str:
        """A name with its keys as a person would write it."""
        return source_text(node)

    def refuse(self, node: nodes.Node, what: str, *, why: str = "", fix: str = "") -> RefusalError:
        """The refusal of an expression, with its place; without a reason that there is no Airflow."""
        offset = start_of(node)
        if isinstance(node, nodes.Stmt) and not isinstance(node, nodes.Output):
            offset = max(self.text.rfind("{%", 0, offset), 0)
        place = place_at(self.text, offset)
        what = what if why else f"{what} can't be evaluated by a state machine"
        return RefusalError(Code.TEMPLATE, f"{what} ({place} of the template)", why=why or _WHY, fix=fix or _FIX)


def _list(items: Sequence[Value]) -> Value:
    if all(isinstance(item, Literal) for item in items):
        return Literal(value=[item.value for item in items if isinstance(item, Literal)])
    return ListOf(items=tuple(items))


def _truth(value: Value) -> Value:
    if isinstance(value, Literal):
        return Literal(value=bool(value.value))
    if kind_of(value) is Kind.BOOLEAN:
        return value
    return Call(function=Function.TRUTH, arguments=(value,), kind=Kind.BOOLEAN)


def _choice(test: Value, first: Value, second: Value) -> Value:
    """One of two values; what is known now is chosen now."""
    if isinstance(test, Literal):
        return first if test.value else second
    kinds = {kind_of(first), kind_of(second)}
    kind = kind_of(first) if len(kinds) == 1 else Kind.NUMBER if kinds <= NUMBERS else Kind.ANY
    return Call(function=Function.IF, arguments=(test, first, second), kind=kind)


def _describe(node: nodes.Node) -> str:
    match node:
        case nodes.Pow():
            return "a power"
        case nodes.Slice():
            return "a slice"
        case _:
            return f"an expression of the kind {type(node).__name__}"


def _tag(node: nodes.Node) -> str:
    """The name of a block as a template has it."""
    kind = type(node).__name__
    return _TAGS.get(kind, kind.lower())


_TAGS = {"Assign": "set", "AssignBlock": "set", "FilterBlock": "filter", "FromImport": "from"}
