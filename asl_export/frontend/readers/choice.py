"""`ChoiceOperator`: conditions, and the tasks that each follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk.definitions.xcom_arg import XComArg

from asl_export.diagnostics import Code
from asl_export.frontend.outputs import read_xcom_arg
from asl_export.frontend.readers.reading import ChoiceReading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.templates import condition_of, is_template
from asl_export.ir.values import Kind, Literal, Value, kind_of

CHOICE_SETTINGS: Mapping[str, Setting] = {"choices": HONOURED, "default": HONOURED}


def read_choice(attributes: Mapping[str, Any], scope: Scope) -> ChoiceReading:
    """The choice of an operator's attributes, as the DAG has them.

    :raises RefusalError: for a condition that isn't one boolean expression.
    """
    return ChoiceReading(
        choices=tuple(
            (_checked(number, given, scope), tuple(follow))
            for number, (given, follow) in enumerate(attributes["choices"])
        ),
        default=tuple(attributes["default"]),
    )


def _checked(number: int, given: Any, scope: Scope) -> Value:
    try:
        return _condition(given, scope)
    except RefusalError as refusal:
        refusal.field = f"choices[{number}]"
        raise


def _condition(given: Any, scope: Scope) -> Value:
    match given:
        case bool():
            return Literal(value=given)
        case str() if not is_template(given):
            return Literal(value=given.strip().lower() == "true")
        case str():
            return condition_of(given, scope)
        case XComArg():
            value = read_xcom_arg(given, scope)
            if kind_of(value) is not Kind.BOOLEAN:
                raise RefusalError(
                    Code.TEMPLATE,
                    "a task's result as a condition isn't known to be true or false",
                    why="a Choice needs a boolean",
                    fix="compare it in a template, as in \"{{ ti.xcom_pull('task') == 'yes' }}\"",
                )
            return value
        case _:
            raise RefusalError(
                Code.INVALID_VALUE,
                f"a condition of the type {type(given).__name__}",
                why="a condition is a template or a boolean",
                fix="write a template of one comparison",
            )
