"""Jinja templates of a field, read with Jinja's own parser into a `Value` that the state machine evaluates.

What has no equal in a state machine is refused with the line and column of the expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_words import BINARY, COMPARISONS, FILTERS, NAMES, SCHEMA_KINDS
from asl_export.ir.graph import ParamSpec
from asl_export.ir.values import (
    Call,
    Function,
    Input,
    Key,
    Kind,
    Literal,
    Origin,
    Value,
    format_text,
    kind_of,
)

# The environment only parses. Like Airflow's it drops one newline at the end of a text.
_PARSER = Environment(autoescape=False)  # noqa: S701 - nothing is rendered, no HTML
# What Jinja reads or changes; a newline it writes as \n, and leaves out at the end.
_MARKS = ("{{", "{%", "{#", "\n", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a template of a task may name."""

    dag_id: str
    task_id: str
    params: Mapping[str, ParamSpec]
    map_index: int | None = None


def _refusal(what: str, *, line: int, column: int, why: str, fix: str) -> RefusalError:
    """The refusal of an expression, with its place in the text."""
    place = f"line {line}, column {column}" if line > 1 else f"column {column}"
    return RefusalError(Code.TEMPLATE, f"{what} ({place} of the template)", why=why, fix=fix)


def is_template(text: str) -> bool:
    """True when Jinja would change the text."""
    return any(mark in text for mark in _MARKS)


def read_template(text: str, scope: Scope) -> Value:
    """The value of a template text.

    :raises RefusalError: for a syntax error, or an expression that has no equal in a state machine.
    """
    if not is_template(text):
        return Literal(value=text)
    try:
        body = _PARSER.parse(text).body
    except TemplateSyntaxError as error:
        line = text.splitlines()[error.lineno - 1] if text.splitlines() else text
        raise _refusal(
            f"the template can't be parsed: {error.message}",
            line=error.lineno,
            column=max(line.find("{"), 0) + 1,
            why="Airflow can't render it either",
            fix="mend the template",
        ) from error
    return _Reader(text=text, scope=scope).body(body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    text: str
    scope: Scope

    def body(self, parts: list[nodes.Node]) -> Value:
        """The text that a list of template nodes renders to."""
        values: list[Value] = []
        for part in parts:
            match part:
                case nodes.Output():
                    values.extend(self.output(node) for node in part.nodes)
                case nodes.If():
                    values.append(self.block_if(part))
                case _:
                    raise self.refuse(part, f"the block {{% {type(part).__name__.lower()} %}}", "{%")
        return format_text(values)

    def output(self, node: nodes.Expr) -> Value:
        """One part of the text: constant, or an expression."""
        return Literal(value=node.data) if isinstance(node, nodes.TemplateData) else self.value(node)

    def block_if(self, node: nodes.If) -> Value:
        """`{% if %}` with its branches as texts."""
        otherwise = self.body(node.else_)
        for branch in reversed(node.elif_):
            otherwise = _call(Function.IF, Kind.TEXT, self.value(branch.test), self.body(branch.body), otherwise)
        return _call(Function.IF, Kind.TEXT, self.value(node.test), self.body(node.body), otherwise)

    def value(self, node: nodes.Node) -> Value:
        """The value of an expression."""
        match node:
            case nodes.Const(value=constant):
                return Literal(value=constant)
            case nodes.List(items=items) | nodes.Tuple(items=items):
                return self.constant_list(node, items)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self.named(node)
            case nodes.Concat(nodes=parts):
                return format_text([self.value(part) for part in parts])
            case nodes.Filter():
                return self.filter(node)
            case nodes.CondExpr(test=test, expr1=first, expr2=second) if second is not None:
                chosen, other = self.value(first), self.value(second)
                kind = kind_of(chosen) if kind_of(chosen) is kind_of(other) else Kind.ANY
                return _call(Function.IF, kind, self.value(test), chosen, other)
            case nodes.Compare(expr=left, ops=[nodes.Operand(op=op, expr=right)]) if op in COMPARISONS:
                return _call(COMPARISONS[op], Kind.BOOLEAN, self.value(left), self.value(right))
            case nodes.Not(node=inner):
                return _call(Function.NOT, Kind.BOOLEAN, self.value(inner))
            case nodes.And(left=left, right=right):
                return self.logical(node, Function.AND, left, right)
            case nodes.Or(left=left, right=right):
                return self.logical(node, Function.OR, left, right)
            case nodes.Neg(node=inner):
                return self.arithmetic(node, Function.SUBTRACT, nodes.Const(0), inner)
            case nodes.BinExpr(left=left, right=right) if type(node) in BINARY:
                return self.arithmetic(node, BINARY[type(node)], left, right)
            case _:
                raise self.refuse(node, _describe(node))

    def constant_list(self, node: nodes.Node, items: list[nodes.Expr]) -> Value:
        """A list whose items are all constants."""
        values = [self.value(item) for item in items]
        if all(isinstance(item, Literal) for item in values):
            return Literal(value=[item.value for item in values if isinstance(item, Literal)])
        raise self.refuse(node, "a list of expressions", "[")

    def logical(self, node: nodes.Node, function: Function, left: nodes.Expr, right: nodes.Expr) -> Value:
        """`and`, `or` of two booleans: of other kinds Python gives one of the operands."""
        values = self.value(left), self.value(right)
        if any(kind_of(value) is not Kind.BOOLEAN for value in values):
            raise self.refuse(node, f"{function.value!r} of values that aren't comparisons", function.value)
        return _call(function, Kind.BOOLEAN, *values)

    def arithmetic(self, node: nodes.Node, function: Function, left: nodes.Expr, right: nodes.Expr) -> Value:
        """Arithmetic of two numbers whose kind is known, because `+` of texts and lists means something else."""
        values = self.value(left), self.value(right)
        kinds = {kind_of(value) for value in values}
        if function is Function.ADD and kinds == {Kind.TEXT}:
            return format_text(values)
        if not kinds <= {Kind.INTEGER, Kind.NUMBER}:
            raise _refusal(
                f"arithmetic {function.value!r} on a value that isn't known to be a number",
                line=node.lineno,
                column=self.column(node, function.value),
                why="on text or a list it would mean something else",
                fix='give the Param a type ("integer" or "number"), or write | int',
            )
        exact = kinds == {Kind.INTEGER} and function is not Function.DIVIDE
        return _call(function, Kind.INTEGER if exact else Kind.NUMBER, *values)

    def filter(self, node: nodes.Filter) -> Value:
        """A filter applied to a value."""
        known = FILTERS.get(node.name)
        if known is None or node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self.refuse(node, f"the filter {node.name!r}", node.name)
        if not known.least <= len(node.args) <= known.most:
            raise self.refuse(node, f"the filter {node.name!r} with {len(node.args)} arguments", node.name)
        value, arguments = self.value(node.node), [self.value(argument) for argument in node.args]
        if known.function is Function.INT and kind_of(value) is Kind.ANY:
            raise _refusal(
                "the filter 'int' on a value whose type isn't known",
                line=node.lineno,
                column=self.column(node, node.name),
                why="what Jinja makes of it depends on its type",
                fix='give the Param a type, as in Param(3, type="integer")',
            )
        self.check_filter(node, known.function, kind_of(value), arguments)
        kind = known.kind
        if known.function is Function.DEFAULT:
            kind = kind_of(value) if kind_of(value) is kind_of(arguments[0]) else Kind.ANY
        return _call(known.function, kind, value, *arguments)

    def check_filter(self, node: nodes.Filter, function: Function, kind: Kind, arguments: list[Value]) -> None:
        """Refuse what Python works out letter by letter, or not at all."""
        if function is Function.JOIN and kind is not Kind.ANY:
            raise self.refuse(node, f"'join' of {_article(kind)}", node.name)
        if function is Function.LENGTH and kind not in (Kind.ANY, Kind.TEXT):
            raise self.refuse(node, f"'{node.name}' of {_article(kind)}", node.name)
        if function is Function.REPLACE and arguments[0] == Literal(value=""):
            raise self.refuse(node, "'replace' of an empty text", node.name)

    def named(self, node: nodes.Node) -> Value:
        """What a name with attributes and subscripts stands for."""
        name, path = self.path(node)
        match name, path:
            case "params", [str() as param, *_]:
                return self.param(node, param, tuple(path))
            case "dag_run", ["conf", _, *_]:
                return Input(origin=Origin.CONF, path=tuple(path[1:]), source=self.source(node))
            case "dag_run", ["run_id"]:
                return NAMES["run_id"]
            case "dag_run", ["logical_date"]:
                return NAMES["logical_date"]
            case (("ti" | "task_instance"), ["map_index"]):
                return Literal(value=-1 if self.scope.map_index is None else self.scope.map_index)
            case (("ti" | "task_instance"), ["run_id"]):
                return NAMES["run_id"]
            case ("dag", ["dag_id"]) | (("ti" | "task_instance"), ["dag_id"]):
                return Literal(value=self.scope.dag_id)
            case ("task", ["task_id"]) | (("ti" | "task_instance"), ["task_id"]):
                return Literal(value=self.scope.task_id)
            case _, [] if name in NAMES:
                return NAMES[name]
            case _:
                raise self.refuse(node, self.source(node), name)

    def param(self, node: nodes.Node, name: str, path: tuple[Key, ...]) -> Value:
        """A param, with its kind from the schema."""
        spec = self.scope.params.get(name)
        kind = SCHEMA_KINDS.get(str(spec.schema.get("type")), Kind.ANY) if spec is not None else Kind.ANY
        if len(path) > 1 and kind is not Kind.ANY:
            raise self.refuse(node, f"a part of {_article(kind)}, {self.source(node)},", "params")
        return Input(origin=Origin.PARAMS, path=path, kind=kind, source=".".join(["params", *map(str, path)]))

    def path(self, node: nodes.Node) -> tuple[str, list[Key]]:
        """The name at the root of `a.b["c"][0]`, and the keys."""
        keys: list[Key] = []
        while not isinstance(node, nodes.Name):
            match node:
                case nodes.Getattr(node=inner, attr=attribute):
                    keys.append(attribute)
                case nodes.Getitem(node=inner, arg=nodes.Const(value=str() | int() as key)) if key is not True:
                    keys.append(key)
                case _:
                    raise self.refuse(node, _describe(node))
            node = inner
        return node.name, keys[::-1]

    def source(self, node: nodes.Node) -> str:
        """The expression as a person would write it."""
        name, keys = self.path(node)
        return name + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)

    def refuse(self, node: nodes.Node, what: str, found: str = "{{") -> RefusalError:
        """The refusal of an expression, placed at `found`."""
        return _refusal(
            f"{what} can't be evaluated by a state machine",
            line=node.lineno,
            column=self.column(node, found),
            why="the exported machine has no Airflow: it knows params, dag_run.conf, run_id and the logical date",
            fix="give the value as a param, or write it into the DAG when it is parsed",
        )

    def column(self, node: nodes.Node, found: str) -> int:
        """The column of a text in the node's line, 1 if it can't be found; Jinja keeps lines only."""
        lines = self.text.split("\n")
        line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
        opened = max(line.find("{{"), line.find("{%"), 0)
        place = line.find(found, opened)
        return (place if place >= 0 else opened) + 1


def _call(function: Function, kind: Kind, *arguments: Value) -> Value:
    return Call(function=function, arguments=arguments, kind=kind)


def _article(kind: Kind) -> str:
    return f"{'an' if kind is Kind.INTEGER else 'a'} {kind}"


def _describe(node: nodes.Node) -> str:
    match node:
        case nodes.Call(node=nodes.Name(name=name)):
            return f"the call {name}()"
        case nodes.Call(node=nodes.Getattr(attr=name)):
            return f"the call .{name}()"
        case nodes.Test(name=name):
            return f"the test 'is {name}'"
        case _:
            return f"an expression of the kind {type(node).__name__}"
