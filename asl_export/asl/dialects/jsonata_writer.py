"""What the functions of JSONata ask of who writes their arguments, and the pieces that many of them share."""

from __future__ import annotations

from typing import Protocol

from asl_export.asl.dialects.jsonata_syntax import text_literal
from asl_export.ir.values import Kind, Reference, Value

NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.FLOAT})

# JSONata turns a number into text with 15 digits: https://docs.jsonata.org/string-functions#string
_MOST = "1e15"


class Writer(Protocol):
    """Writes the arguments of a function."""

    def code(self, value: Value) -> str:
        """An expression; nothing is said of a missing value."""

    def operand(self, value: Value) -> str:
        """A value as part of a larger expression; a missing one fails the state."""

    def text(self, value: Value) -> str:
        """The text that Python's str() gives for the value."""

    def truth(self, value: Value) -> str:
        """Whether Python takes the value for true."""


def source_of(value: Value) -> str:
    """What the DAG's author calls the value."""
    source: str = getattr(value, "source", "")
    return source if isinstance(value, Reference) and source else "a value"


def failure(text: str) -> str:
    """An expression that fails the state."""
    return f"$error({text_literal(text)})"


def exact(number: str, source: str) -> str:
    """A whole number that JSONata keeps all digits of; another one fails the state."""
    return f"($v := {number}; $abs($v) < {_MOST} ? $v : {failure(source + ' has more than 15 digits')})"


def number_text(variable: str, source: str) -> str:
    """The text of a number where JSONata and Python agree on it; another one fails the state."""
    return (
        f"($s := $string({variable}); $number($s) = {variable} and $abs({variable}) < {_MOST} and "
        f"({variable} = 0 or $abs({variable}) >= 0.0001) ? $s : "
        f"{failure(source + ' has more than 15 digits')})"
    )


def number_json(variable: str, source: str) -> str:
    """A number as JSON, with all its digits; another one fails the state."""
    return (
        f"($s := $string({variable}); $number($s) = {variable} and $abs({variable}) < {_MOST} ? $s : "
        f"{failure(source + ' has more than 15 digits')})"
    )


def text_of(variable: str, source: str) -> str:
    """The text that Python gives for what a variable holds; a missing value or a list fails the state."""
    return (
        f"$t := $type({variable}); $t = 'string' ? {variable} : $t = 'number' ? {number_text(variable, source)} : "
        f"$t = 'boolean' ? ({variable} ? 'True' : 'False') : $t = 'null' ? 'None' : "
        f"{failure(source + ' is missing or has no text')}"
    )
