"""Values written as JSONata: https://docs.jsonata.org"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.asl.dialects.jsonata_syntax import expression, json_literal, member, text_literal
from asl_export.diagnostics import InternalError
from asl_export.ir.values import (
    Call,
    Document,
    Format,
    Function,
    Kind,
    Literal,
    Reference,
    Root,
    Value,
    kind_of,
)

_INFIX: Mapping[Function, str] = {
    Function.AND: "and",
    Function.OR: "or",
    Function.ADD: "+",
    Function.SUBTRACT: "-",
    Function.MULTIPLY: "*",
    Function.DIVIDE: "/",
    Function.EQUAL: "=",
    Function.NOT_EQUAL: "!=",
    Function.LESS: "<",
    Function.LESS_EQUAL: "<=",
    Function.GREATER: ">",
    Function.GREATER_EQUAL: ">=",
}
_STAMP = "$fromMillis($toMillis({0}), '[Y0001]-[M01]-[D01]{1}[H01]:[m01]:[s01]')"
# Python leaves out the fraction when it is zero, and writes six digits otherwise.
_FRACTION = "($toMillis({0}) % 1000 = 0 ? '' : '.' & $fromMillis($toMillis({0}), '[f001]') & '000')"


class JsonataValues:
    """Writes values as JSONata."""

    def document(self, document: Document) -> Any:
        """A document as JSON, with expressions where it isn't known."""
        match document:
            case Literal(value=value):
                return self.literal(value)
            case Reference() | Format() | Call():
                return expression(self.code(document))
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

    def code_of_object(self, document: Mapping[str, Document]) -> str:
        """An object constructor."""
        return "{" + ", ".join(f"{text_literal(key)}: {self.code(item)}" for key, item in document.items()) + "}"

    def code(self, value: Value) -> str:
        """The expression of a value."""
        match value:
            case Literal(value=constant):
                return json_literal(constant)
            case Reference():
                return self.reference(value)
            case Format(parts=parts):
                texts = [self.text(part) for part in parts]
                return " & ".join(texts if len(texts) > 1 else [*texts])
            case Call():
                return self.call(value)
            case _:
                raise InternalError(f"{value!r} has no place in the machine")

    def reference(self, value: Reference) -> str:
        """A place; one that may be missing must not turn into an empty text."""
        match value.root:
            case Root.VARIABLE:
                return f"${value.path[0]}" + "".join(member(key) for key in value.path[1:])
            case Root.STATE_INPUT:
                return "$states.input" + "".join(member(key) for key in value.path)
            case Root.RESULT:
                return "$states.result" + "".join(member(key) for key in value.path)
            case Root.CONTEXT:
                return "$states.context" + "".join(member(key) for key in value.path)

    def rule(self, value: Value) -> dict[str, Any]:
        """A Choice rule."""
        return {"Condition": expression(self.code(value))}

    def text(self, value: Value) -> str:
        """The text that Python's str() gives for the value."""
        match value:
            case Literal(value=constant):
                return text_literal(constant if isinstance(constant, str) else str(constant))
            case Reference(certain=False):
                return self.any_text(value)
        code = self.code(value)
        match kind_of(value):
            case Kind.TEXT:
                return code if isinstance(value, Reference) or code.startswith("$") else f"({code})"
            case Kind.INTEGER | Kind.NUMBER:
                return f"$string({code})"
            case Kind.BOOLEAN:
                return f"({code} ? 'True' : 'False')"
            case Kind.ANY:
                return self.any_text(value)

    def any_text(self, value: Value) -> str:
        """The text of a value whose type is only known in the run; a missing one or a list fails the state."""
        return f"($v := {self.code(value)}; {_text_of('$v', _source(value))})"

    def call(self, call: Call) -> str:
        """A function of values."""
        arguments = call.arguments
        if call.function in _INFIX:
            left, right = (self.operand(argument) for argument in arguments)
            return f"{left} {_INFIX[call.function]} {right}"
        match call.function:
            case Function.PARSE:
                return f"$parse({self.code(arguments[0])})"
            case Function.S3_BUCKET:
                return f"$split({self.code(arguments[0])}, '/')[2]"
            case Function.S3_KEY:
                return f"$join($filter($split({self.code(arguments[0])}, '/'), function($v, $i) {{$i > 2}}), '/')"
            case Function.HAS_ITEMS:
                return f"$count({self.code(arguments[0])}) > 0"
            case Function.ANY_ENDED:
                name, way = (argument.value for argument in arguments[1:] if isinstance(argument, Literal))
                return f"{text_literal(way)} in {self.code(arguments[0])}{member(name)}"
            case Function.ALL_OF:
                name = arguments[1].value if isinstance(arguments[1], Literal) else ""
                return f"[$map({self.code(arguments[0])}, function($r) {{$r{member(name)}}})]"
            case Function.DEFAULT:
                inner = self.code(arguments[0])
                return f"($exists({inner}) ? {inner} : {self.operand(arguments[1])})"
            case Function.IF:
                first, second = (self.operand(argument) for argument in arguments[1:])
                return f"({self.truth(arguments[0])} ? {first} : {second})"
            case Function.NOT:
                return f"$not({self.truth(arguments[0])})"
            case Function.LOWER:
                return f"$lowercase({self.text(arguments[0])})"
            case Function.UPPER:
                return f"$uppercase({self.text(arguments[0])})"
            case Function.TRIM:
                return f"$replace({self.text(arguments[0])}, /^\\s+|\\s+$/, '')"
            case Function.REPLACE:
                return f"$replace({', '.join(self.text(argument) for argument in arguments)})"
            case Function.JOIN:
                separator = self.text(arguments[1]) if len(arguments) > 1 else "''"
                texts = f"$map($l, function($i) {{({_text_of('$i', 'an item of ' + _source(arguments[0]))})}})"
                return (
                    f"($l := {self.code(arguments[0])}; $type($l) = 'array' ? $join([{texts}], {separator}) : "
                    f"$error({text_literal(_source(arguments[0]) + ' is no list')}))"
                )
            case Function.TO_JSON:
                # $string leaves a text without its quotation marks, but not one in a list.
                return (
                    f"($v := {self.operand(arguments[0])}; $type($v) = 'string' ? "
                    "($t := $string([$v]); $substring($t, 1, $length($t) - 2)) : $string($v))"
                )
            case Function.BATCH_TEXT:
                return f"$string({self.code(arguments[0])})"
            case Function.WHOLE_NUMBER:
                return f"$number({self.code(arguments[0])})"
            case Function.INT:
                return self.integer(arguments[0])
            case Function.LENGTH:
                return self.length(arguments[0])
            case Function.ROUND:
                return f"$round({', '.join(self.code(argument) for argument in arguments)})"
            case Function.FLOOR_DIVIDE:
                left, right = (self.operand(argument) for argument in arguments)
                return f"$floor({left} / {right})"
            case Function.MODULO:
                left, right = (self.operand(argument) for argument in arguments)
                return f"({left} - {right} * $floor({left} / {right}))"
            case _:
                return self.date(call.function, self.code(arguments[0]))

    def truth(self, value: Value) -> str:
        """Whether Python takes the value for true; JSONata looks into a list for that."""
        if kind_of(value) is not Kind.ANY:
            return self.operand(value)
        return f"($v := {self.operand(value)}; $type($v) = 'array' ? $count($v) > 0 : $boolean($v))"

    def length(self, value: Value) -> str:
        """The letters of a text, the items of a list, the keys of a mapping."""
        if kind_of(value) is Kind.TEXT:
            return f"$length({self.code(value)})"
        return (
            f"($v := {self.operand(value)}; $t := $type($v); $t = 'string' ? $length($v) : $t = 'array' ? $count($v) : "
            f"$t = 'object' ? $count($keys($v)) : $error({text_literal(_source(value) + ' has no length')}))"
        )

    def integer(self, value: Value) -> str:
        """`int` of Jinja: towards zero, and 0 for a text that is no number."""
        if kind_of(value) is Kind.INTEGER:
            return self.code(value)
        if kind_of(value) is not Kind.TEXT:
            return _towards_zero(f"$number({self.code(value)})")
        return (
            f"($v := $replace($trim({self.code(value)}), /^\\+/, ''); "
            f"$contains($v, /^-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?$/) ? {_towards_zero('$number($v)')} : 0)"
        )

    def date(self, function: Function, moment: str) -> str:
        """The forms that Airflow gives the logical date, in UTC."""
        match function:
            case Function.DATE:
                return f"$fromMillis($toMillis({moment}), '[Y0001]-[M01]-[D01]')"
            case Function.DATE_NODASH:
                return f"$fromMillis($toMillis({moment}), '[Y0001][M01][D01]')"
            case Function.TIMESTAMP:
                return f"({_STAMP.format(moment, 'T')} & {_FRACTION.format(moment)} & '+00:00')"
            case Function.LOGICAL_DATE_TEXT:
                return f"({_STAMP.format(moment, ' ')} & {_FRACTION.format(moment)} & '+00:00')"
            case Function.TIMESTAMP_NODASH:
                return f"$fromMillis($toMillis({moment}), '[Y0001][M01][D01]T[H01][m01][s01]')"
            case Function.TIMESTAMP_NODASH_WITH_TZ:
                stamp = f"$fromMillis($toMillis({moment}), '[Y0001][M01][D01]T[H01][m01][s01]')"
                return f"({stamp} & {_FRACTION.format(moment)} & '+0000')"
            case _:
                raise InternalError(f"no JSONata for {function}")

    def operand(self, value: Value) -> str:
        """A value as part of a larger expression."""
        code = self.code(value)
        if isinstance(value, Reference) and not value.certain:
            return f"($exists({code}) ? {code} : $error({text_literal(_source(value) + ' is missing')}))"
        simple = isinstance(value, Literal | Reference) or (code.startswith("$") and code.endswith(")"))
        return code if simple else f"({code})"


def _source(value: Value) -> str:
    return value.source if isinstance(value, Reference) and value.source else "a value"


def _text_of(variable: str, source: str) -> str:
    """The text that Python gives for what a variable holds."""
    return (
        f"$t := $type({variable}); $t = 'string' ? {variable} : $t = 'number' ? $string({variable}) : "
        f"$t = 'boolean' ? ({variable} ? 'True' : 'False') : $t = 'null' ? 'None' : "
        f"$error({text_literal(source + ' is missing or has no text')})"
    )


def _towards_zero(number: str) -> str:
    return f"({number} < 0 ? $ceil({number}) : $floor({number}))"
