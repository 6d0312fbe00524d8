"""Values written as JSONata: https://docs.jsonata.org"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asl_export.asl.dialects.jsonata_dates import DATE_FUNCTIONS
from asl_export.asl.dialects.jsonata_machine import MACHINE_FUNCTIONS
from asl_export.asl.dialects.jsonata_numbers import NUMBER_FUNCTIONS
from asl_export.asl.dialects.jsonata_syntax import expression, json_literal, member, text_literal
from asl_export.asl.dialects.jsonata_tests import TEST_FUNCTIONS, truth
from asl_export.asl.dialects.jsonata_texts import TEXT_FUNCTIONS
from asl_export.asl.dialects.jsonata_writer import Writer, exact, failure, number_text, source_of, text_of
from asl_export.diagnostics import InternalError
from asl_export.ir.values import (
    Call,
    Document,
    Format,
    Function,
    Key,
    Kind,
    ListOf,
    Literal,
    ObjectOf,
    Reference,
    Root,
    Value,
    kind_of,
)

FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    **TEST_FUNCTIONS,
    **NUMBER_FUNCTIONS,
    **TEXT_FUNCTIONS,
    **MACHINE_FUNCTIONS,
    **DATE_FUNCTIONS,
    **MACHINE_FUNCTIONS,
}

_STARTS = {Root.STATE_INPUT: "$states.input", Root.RESULT: "$states.result", Root.CONTEXT: "$states.context"}


_STARTS = {
    Root.STATE_INPUT: "$states.input",
    Root.CONTEXT: "$states.context",
    Root.RESULT: "$states.result",
}


class JsonataValues:
    """Writes values as JSONata."""

    def document(self, document: Document) -> Any:
        """A document as JSON, with expressions where it isn't known."""
        match document:
            case Literal(value=value):
                return self.literal(value)
            case Reference() | Format() | Call():
                return expression(self.whole(document))
            case ListOf(items=items):
                return [self.document(item) for item in items]
            case ObjectOf(items=entries):
                return {name: self.document(item) for name, item in entries}
            case Mapping():
                return {key: self.document(item) for key, item in document.items()}
            case list() | tuple():
                return [self.document(item) for item in document]
            case None | str() | bool() | int() | float():
                return self.literal(document)
            case _:
                raise InternalError(f"no JSON for {document!r}")

    def literal(self, value: Any) -> Any:
        """JSON as it is, but for texts that Step Functions would take for an expression."""
        match value:
            case str() if value.startswith("{%") or value.endswith("%}"):
                return expression(text_literal(value))
            case dict():
                return {key: self.literal(item) for key, item in value.items()}
            case list():
                return [self.literal(item) for item in value]
            case _:
                return value

    def rule(self, value: Value) -> Mapping[str, Any]:
        """The test of a Choice rule that applies when a boolean value is true."""
        return {"Condition": expression(self.truth(value))}

    def code_of_object(self, document: Mapping[str, Document]) -> str:
        """An object constructor."""
        return "{" + ", ".join(f"{text_literal(key)}: {self.code(item)}" for key, item in document.items()) + "}"

    def whole(self, value: Value) -> str:
        """The expression of a field; undefined isn't a value of any, so a missing one needs no test."""
        return self.code(value)

    def code(self, value: Value) -> str:
        """The expression of a value."""
        match value:
            case Literal(value=constant):
                return json_literal(constant)
            case Reference():
                return self.reference(value)
            case Format(parts=parts):
                return " & ".join(self.text(part) for part in parts)
            case Call():
                return FUNCTIONS[value.function](self, value)
            case ListOf(items=items):
                return "[" + ", ".join(self.item(item) for item in items) + "]"
            case ObjectOf(items=entries):
                return "{" + ", ".join(f"{text_literal(name)}: {self.operand(item)}" for name, item in entries) + "}"
            case _:
                raise InternalError(f"{value!r} has no place in the machine")

    def reference(self, value: Reference) -> str:
        """A place. A step into what isn't a mapping or a list finds nothing, where JSONata alone would find more."""
        start = _STARTS.get(value.root, "")
        sure = len(value.path) if value.certain else value.sure
        code = start + "".join(member(key) for key in value.path[:sure]) if start else _variable(value.path[:sure])
        for key in value.path[sure:]:
            code = _step(code, key, value)
        return code

    def text(self, value: Value) -> str:
        """The text that Python's str() gives for the value."""
        match value:
            case Literal(value=constant):
                return text_literal(constant if isinstance(constant, str) else str(constant))
            case Reference(certain=False):
                return self.any_text(value)
        match kind_of(value):
            case Kind.TEXT | Kind.DATE:
                return self.operand(value)
            case Kind.INTEGER:
                # Where a number comes from, its digits were counted.
                code = exact(self.code(value), "a number") if isinstance(value, Call) else self.code(value)
                return f"$string({code})"
            case Kind.NUMBER:
                return f"($v := {self.operand(value)}; {number_text('$v', source_of(value))})"
            case Kind.FLOAT:
                text = number_text("$v", source_of(value))
                return f"($v := {self.operand(value)}; {text} & ($v = $floor($v) ? '.0' : ''))"
            case Kind.BOOLEAN:
                return f"({self.code(value)} ? 'True' : 'False')"
            case _:
                return self.any_text(value)

    def any_text(self, value: Value) -> str:
        """The text of a value whose type is only known in the run; a missing one or a list fails the state."""
        return f"($v := {self.code(value)}; {text_of('$v', source_of(value))})"

    def truth(self, value: Value) -> str:
        """Whether Python takes the value for true."""
        return truth(self, value)

    def item(self, value: Value) -> str:
        """An item of a list: JSONata would put the items of a list in its place."""
        if isinstance(value, ListOf | Literal):
            return self.code(value)
        if kind_of(value) in (Kind.ANY, Kind.LIST):
            return f"($v := {self.operand(value)}; $type($v) = 'array' ? [[$v]] : [$v])"
        return self.operand(value)

    def operand(self, value: Value) -> str:
        """A value as part of a larger expression."""
        code = self.code(value)
        if isinstance(value, Reference) and not value.certain:
            return f"($v := {code}; $exists($v) ? $v : {failure(source_of(value) + ' is missing')})"
        return code if isinstance(value, Literal | Reference | ListOf | ObjectOf) or _enclosed(code) else f"({code})"


def _variable(path: tuple[Key, ...]) -> str:
    return f"${path[0]}" + "".join(member(key) for key in path[1:])


def _step(code: str, key: Key, value: Reference) -> str:
    """A step into what may be of any type; Python gives a letter of a text, and it is rarely what was meant."""
    if isinstance(key, int):
        letter = failure(f"{source_of(value)}: a position in a text")
        return f"($v := {code}; $t := $type($v); $t = 'array' ? $v[{key}] : $t = 'string' ? {letter})"
    return f"($v := {code}; $type($v) = 'object' ? $v{member(key)})"


def _enclosed(code: str) -> bool:
    """Whether one call or one pair of brackets holds the whole code."""
    opened = code.find("(")
    if opened < 0 or not code.endswith(")") or not (opened == 0 or code[:opened].replace("$", "", 1).isalnum()):
        return False
    depth, quote = 0, ""
    for index, letter in enumerate(code):
        if letter in "'`" and quote in ("", letter):
            quote = "" if quote else letter
        elif not quote and letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0 and index < len(code) - 1:
                return False
    return True
