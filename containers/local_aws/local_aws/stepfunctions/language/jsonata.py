"""The JSONata query language, as Step Functions has it, by `jsonata-python`.

What differs from plain JSONata: `$states` and the workflow's variables are bound; there is no input document, so `$`
and field names at the top are undefined; `$partition`, `$range`, `$hash`, `$random(seed)`, `$uuid` and `$parse` are
added and `$eval` is missing; a result must be JSON. Expressions are evaluated in one thread, the engine's.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import jsonata
from jsonata.utils import Utils

from local_aws.stepfunctions.errors import QUERY, StatesError
from local_aws.stepfunctions.fields import is_expression
from local_aws.stepfunctions.language.jsonata_functions import FUNCTIONS
from local_aws.stepfunctions.language.recording import ExpressionRecorder
from local_aws.stepfunctions.language.scope import UNSET, Scope, type_name
from local_aws.stepfunctions.machine import State

LONGEST_EVALUATION = 5.0
"""Seconds after which an expression is given up, so that an endless one can't stop every execution."""


class JsonataLanguage:
    """Arguments, Output, Assign and Condition with `{% … %}` expressions."""

    misfit = QUERY
    recorder: ClassVar[ExpressionRecorder | None] = None

    def arguments(self, state: State, scope: Scope) -> Any:
        """Arguments evaluated, or the state's input."""
        if "Arguments" not in state.fields:
            return scope.input
        return self.template(state.fields["Arguments"], scope, field="Arguments")

    def output(self, state: State, scope: Scope) -> Any:
        """Output evaluated, or the result, or (of a state without a result) the input."""
        if "Output" in state.fields:
            return self.template(state.fields["Output"], scope, field="Output")
        return scope.input if scope.result is UNSET else scope.result

    def caught(self, rule: Mapping[str, Any], scope: Scope) -> Any:
        """The rule's Output evaluated, or the error output."""
        if "Output" in rule:
            return self.template(rule["Output"], scope, field="Output")
        return scope.error

    def assigned(self, rule: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
        """Assign evaluated; all its expressions see the variables as they were."""
        found: dict[str, Any] = self.template(rule.get("Assign", {}), scope, field="Assign")
        return found

    def value(self, fields: Mapping[str, Any], name: str, scope: Scope) -> Any:
        """The field, evaluated where it is an expression."""
        return self.template(fields[name], scope, field=name) if name in fields else None

    def template(self, template: Any, scope: Scope, *, field: str) -> Any:
        """The template with each text `{% … %}` replaced by the value of its expression."""
        bindings: dict[str, Any] = {}

        def filled(part: Any, where: str) -> Any:
            if is_expression(part):
                if not bindings:
                    bindings.update(_bindings(scope))
                return self._evaluated(part[2:-2].strip(), bindings, scope, where)
            if isinstance(part, dict):
                return {name: filled(inner, f"{where}/{name}") for name, inner in part.items()}
            if isinstance(part, list):
                return [filled(inner, f"{where}[{index}]") for index, inner in enumerate(part)]
            return part

        return filled(template, field)

    def _evaluated(self, expression: str, bindings: Mapping[str, Any], scope: Scope, where: str) -> Any:
        if self.recorder is None:
            return evaluate(expression, bindings, field=where)
        try:
            value = evaluate(expression, bindings, field=where)
        except StatesError as error:
            self.recorder.failed(expression, scope, error.cause)
            raise
        self.recorder.returned(expression, scope, value)
        return value

    def chosen(self, rule: Mapping[str, Any], scope: Scope) -> bool:
        """The rule's Condition, which must be a boolean."""
        value = self.template(rule["Condition"], scope, field="Condition")
        if not isinstance(value, bool):
            raise StatesError(
                QUERY,
                f"The JSONata expression '{rule['Condition'][2:-2].strip()}' specified for the field 'Condition' "
                f"returned an unexpected result type. Expected 'boolean', but was '{type_name(value)}' for value: "
                f"{value}",
            )
        return value


class Expression(jsonata.Jsonata):  # type: ignore[misc]  # the library is untyped
    """An expression as JSONata's original evaluates it where the library differs.

    `7.5 % 2` is 1.5 (the library says 1), `true in [1]` is false, as `{} in [{}]` is (it says true).
    """

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str) -> Any:
        """The value of an arithmetic operation."""
        whole = super().evaluate_numeric_expression(lhs, rhs, op)  # checks the operands too
        return whole if op != "%" or whole is None else Utils.convert_number(math.fmod(lhs, rhs))

    def evaluate_includes_expression(self, lhs: Any, rhs: Any) -> bool:
        """The value of `lhs in rhs`; objects and arrays are in a list only as themselves."""
        items = rhs if isinstance(rhs, list) else [rhs]
        if lhs is None or isinstance(lhs, dict | list):
            return any(item is lhs for item in items if lhs is not None)
        return any(item == lhs and isinstance(item, bool) == isinstance(lhs, bool) for item in items)


@functools.lru_cache(maxsize=4096)
def compiled(expression: str) -> Expression:
    """A parsed expression, kept for its next use.

    :raises jsonata.jexception.JException: where it isn't JSONata.
    """
    parsed = Expression(expression)
    parsed.set_output_convert_nulls(False)
    parsed.set_validate_input(False)
    return parsed


def evaluate(expression: str, bindings: Mapping[str, Any], *, field: str) -> Any:
    """The value of an expression as JSON.

    :raises StatesError: States.QueryEvaluationError when it fails, is undefined, or is no JSON value.
    """
    what = f"The JSONata expression '{expression}' specified for the field '{field}'"
    try:
        parsed = compiled(expression)
        # The library looks its current expression up per thread; parsing sets it, a cached one must set it itself.
        jsonata.Jsonata.CURRENT.jsonata = parsed
        value = parsed.evaluate(None, {**bindings, **FUNCTIONS, "__evaluate_entry": _deadline()})
    except StatesError:
        raise
    except (Exception, RecursionError) as error:
        raise StatesError(QUERY, f"{what} threw an error during evaluation. {error}") from error
    if value is None:
        raise StatesError(QUERY, f"{what} returned nothing (undefined).")
    return _to_json(value, what)


def _bindings(scope: Scope) -> dict[str, Any]:
    states = {"input": scope.input, "context": scope.context}
    if scope.result is not UNSET:
        states["result"] = scope.result
    if scope.error is not UNSET:
        states["errorOutput"] = scope.error
    return {**{name: to_jsonata(value) for name, value in scope.variables.items()}, "states": to_jsonata(states)}


def to_jsonata(value: Any) -> Any:
    """A JSON value in the library's form: its own null (None is undefined there), whole numbers without a point."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, Mapping):
        return {name: to_jsonata(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [to_jsonata(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _to_json(value: Any, what: str) -> Any:
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {name: _to_json(inner, what) for name, inner in value.items()}
    if isinstance(value, Utils.RangeList):
        return list(range(value.a, value.b + 1))
    if isinstance(value, list):
        return [_to_json(inner, what) for inner in value]
    raise StatesError(QUERY, f"{what} returned an unsupported result type.")


def _deadline() -> Callable[..., None]:
    until = time.monotonic() + LONGEST_EVALUATION

    def check(*_: Any) -> None:
        if time.monotonic() > until:
            raise StatesError(QUERY, f"The evaluation took longer than {LONGEST_EVALUATION:g} seconds.")

    return check
