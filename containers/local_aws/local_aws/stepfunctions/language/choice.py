"""The rules of a Choice state in JSONPath: And, Or, Not and the comparisons.

Source: https://states-language.net/spec.html#choice-state
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from local_aws.stepfunctions.errors import RUNTIME, StatesError
from local_aws.stepfunctions.language.paths import select
from local_aws.stepfunctions.language.scope import Scope

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> Any:
    return value if isinstance(value, bool) else None


def timestamp(value: Any) -> datetime | None:
    """The time of an RFC 3339 text with a capital T and a zone, or None for anything else."""
    if not isinstance(value, str) or not TIMESTAMP.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "String": _text, "Numeric": _number, "Boolean": _flag, "Timestamp": timestamp,
}  # fmt: skip
_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq, "LessThanEquals": operator.le, "LessThan": operator.lt,
    "GreaterThanEquals": operator.ge, "GreaterThan": operator.gt,
}  # fmt: skip
_COMPARISONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], bool]]] = {
    kind + relation: (reader, compare)
    for kind, reader in _READERS.items()
    for relation, compare in _RELATIONS.items()
    if kind != "Boolean" or relation == "Equals"
}
_TYPE_TESTS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}
OPERATORS = frozenset(
    {*_COMPARISONS, *(f"{name}Path" for name in _COMPARISONS), *_TYPE_TESTS, "IsPresent", "StringMatches"}
)


def rule_applies(rule: Mapping[str, Any], scope: Scope) -> bool:
    """Whether a rule holds for the scope's input.

    :raises StatesError: States.Runtime when the Variable isn't there (IsPresent asks just that).
    """
    if "And" in rule:
        return all(rule_applies(inner, scope) for inner in rule["And"])
    if "Or" in rule:
        return any(rule_applies(inner, scope) for inner in rule["Or"])
    if "Not" in rule:
        return not rule_applies(rule["Not"], scope)
    name = next(name for name in rule if name in OPERATORS)
    expected = rule[name]
    if name == "IsPresent":
        return _present(rule["Variable"], scope) is expected
    value = _read(rule["Variable"], scope)
    if name in _TYPE_TESTS:
        return _TYPE_TESTS[name](value) is expected
    if name == "StringMatches":
        return isinstance(value, str) and _like(value, expected)
    if name.endswith("Path"):
        name, expected = name.removesuffix("Path"), _read(expected, scope)
    reader, compare = _COMPARISONS[name]
    left, right = reader(value), reader(expected)
    return left is not None and right is not None and compare(left, right)


def _like(value: str, pattern: str) -> bool:
    # Only * is special, and \ takes it back.
    parts = re.split(r"(\\.|\*)", pattern)
    text = "".join(".*" if part == "*" else re.escape(re.sub(r"^\\(.)$", r"\1", part)) for part in parts)
    return re.fullmatch(text, value, re.DOTALL) is not None


def _read(path: str, scope: Scope) -> Any:
    try:
        return select(path, scope, scope.input, field="Variable")
    except StatesError as error:
        raise StatesError(
            RUNTIME, f"Invalid path '{path}': The choice state's condition path references an invalid value."
        ) from error


def _present(path: str, scope: Scope) -> bool:
    try:
        return select(path, scope, scope.input, field="Variable") != [] or "*" not in path
    except StatesError:
        return False
