"""Jinja templates of a field, read with Jinja's own parser into a `Value` that the state machine evaluates.

What has no equal in a state machine is refused with the line and column of the expression.
"""

from __future__ import annotations

from jinja2 import nodes

from asl_export.diagnostics import Code
from asl_export.frontend.json_values import checked_json
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.template_names import article
from asl_export.frontend.template_parser import TemplateError, parse_template
from asl_export.frontend.template_reader import TemplateReader
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import Kind, Literal, Value, kind_of

__all__ = ["Scope", "condition_of", "is_template", "read_template"]

# What Jinja reads or changes; a newline it writes as \n, and leaves out at the end.
_MARKS = ("{{", "{%", "{#", "\n", "\r")


def is_template(text: str) -> bool:
    """True when Jinja would change the text."""
    return any(mark in text for mark in _MARKS)


def read_template(text: str, scope: Scope) -> Value:
    """The value of a template text.

    :raises RefusalError: for a syntax error, or an expression that has no equal in a state machine.
    """
    if not is_template(text):
        return Literal(value=text)
    return TemplateReader(text=text, scope=scope).body(_parsed(text))


def condition_of(text: str, scope: Scope) -> Value:
    """The boolean value of a template text of one expression, such as "{{ params.frames > 100 }}".

    :raises RefusalError: as `read_template`, and for a text of anything else.
    """
    reader = TemplateReader(text=text, scope=scope)
    parts = [part for part in _parts(_parsed(text)) if not _is_blank(part)]
    match parts:
        case [nodes.Expr() as expression] if not isinstance(expression, nodes.TemplateData):
            value = reader.value(expression)
        case _:
            raise RefusalError(
                Code.TEMPLATE,
                f"the condition {text!r} isn't one expression",
                why="a Choice asks whether one expression is true",
                fix='write it as in "{{ params.frames > 100 }}"',
            )
    if kind_of(value) is Kind.BOOLEAN:
        return value
    known = "isn't known to be" if kind_of(value) is Kind.ANY else f"is {article(kind_of(value))}, not"
    raise reader.refuse(
        expression,
        f"the condition {text!r} {known} true or false",
        why="a Choice needs a boolean",
        fix='compare it, as in "{{ params.x == \'a\' }}", or give the Param the type "boolean"',
    )


def _parsed(text: str) -> list[nodes.Node]:
    try:
        parts = parse_template(text)
    except TemplateError as error:
        raise RefusalError(
            Code.TEMPLATE,
            f"the template can't be parsed: {error.message} ({error.place} of the template)",
            why="Airflow can't render it either",
            fix="mend the template",
        ) from error
    for constant in (constant for part in parts for constant in part.find_all(nodes.Const)):
        checked_json(constant.value)
    return parts


def _parts(body: list[nodes.Node]) -> list[nodes.Node]:
    """The parts of a text, blocks as they are."""
    return [part for node in body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]


def _is_blank(node: nodes.Node) -> bool:
    return isinstance(node, nodes.TemplateData) and not node.data.strip()
