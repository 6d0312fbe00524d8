"""What an expression or a path of a state can read, and what a query language does with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol

from local_aws.stepfunctions.machine import State


class _Unset(Enum):
    UNSET = "unset"


UNSET: Final = _Unset.UNSET
"""No value, where None is JSON's null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A state's input, the context object and the variables; the result or error once there is one."""

    input: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    result: Any = UNSET
    error: Any = UNSET


class Language(Protocol):
    """One query language. Every method raises StatesError where the definition and the data don't fit."""

    misfit: str
    """The error of a field's value that has the wrong type or is out of range."""

    def arguments(self, state: State, scope: Scope) -> Any:
        """What the state works on: the payload of a Task, the input of a Parallel's branches."""

    def output(self, state: State, scope: Scope) -> Any:
        """The state's output, from its input and (if it has one) its result."""

    def caught(self, rule: Mapping[str, Any], scope: Scope) -> Any:
        """The output of a Catch rule that applies to `scope.error`."""

    def assigned(self, rule: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
        """The variables that a state's or rule's Assign sets."""

    def value(self, fields: Mapping[str, Any], name: str, scope: Scope) -> Any:
        """The value of a field that may be computed (`TimeoutSeconds`, …); None when it isn't there."""

    def template(self, template: Any, scope: Scope, *, field: str) -> Any:
        """A payload template with all its expressions evaluated."""

    def chosen(self, rule: Mapping[str, Any], scope: Scope) -> bool:
        """Whether a Choice rule applies."""


def type_name(value: Any) -> str:
    """The name of a JSON value's type, as AWS's messages say it."""
    names = {str: "string", int: "number", float: "number", list: "array", dict: "object", type(None): "null"}
    return "boolean" if isinstance(value, bool) else names.get(type(value), type(value).__name__)
