"""Arithmetic and conversions to numbers in JSONata, exactly as Python's, or failing in the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import json_literal
from asl_export.asl.dialects.jsonata_writer import NUMBERS, Writer, exact, failure, source_of
from asl_export.ir.values import Call, Function, Kind, Literal, Value, kind_of

_NUMBER = r"/^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/"
# What Python may read as a number and JSONata can't: digits and blanks of other scripts, underscores between digits.
_FOREIGN = r"/^[-+.eE0-9\t-\r ]*([^\t-\r -~][-+.eE0-9\t-\r ]*)+$|[0-9]_[0-9]/"
# $number knows no `+1`, `.5`, `5.` and `007`.
_PLAINER = ((r"/^[-+]/", ""), (r"/^\./", "0."), (r"/\.(e|E|$)/", "$1"), (r"/^0+([0-9])/", "$1"))
_NOT_FINITE = "/^[-+]?(inf|infinity|nan)$/i"


def _infix(operator: str) -> Callable[[Writer, Call], str]:
    def written(writer: Writer, call: Call) -> str:
        left, right = (writer.operand(argument) for argument in call.arguments)
        return f"{left} {operator} {right}"

    return written


def _multiply(writer: Writer, call: Call) -> str:
    product = _infix("*")(writer, call)
    return exact(product, "a product") if call.kind is Kind.INTEGER else product


def _floor_divide(writer: Writer, call: Call) -> str:
    left, right = (writer.operand(argument) for argument in call.arguments)
    if call.kind is Kind.INTEGER:
        return f"$floor({left} / {right})"
    # Python's way: https://github.com/python/cpython/blob/main/Objects/floatobject.c (_float_div_mod)
    return (
        f"($a := {left}; $b := {right}; $q := ($a - {_remainder('$a', '$b')}) / $b; $f := $floor($q); "
        "$q - $f > 0.5 ? $f + 1 : $f)"
    )


def _modulo(writer: Writer, call: Call) -> str:
    left, right = (writer.operand(argument) for argument in call.arguments)
    if call.kind is Kind.INTEGER:
        return f"({left} - {right} * $floor({left} / {right}))"
    return f"($a := {left}; $b := {right}; {_remainder('$a', '$b')})"


def _remainder(left: str, right: str) -> str:
    """The remainder with the divisor's sign; JSONata's has the dividend's."""
    return f"($m := {left} % {right}; $m != 0 and ($m < 0) != ({right} < 0) ? $m + {right} : $m)"


def _integer(writer: Writer, call: Call) -> str:
    """`int` of Jinja: towards zero, and the default for what is no number."""
    value = call.arguments[0]
    default = writer.operand(call.arguments[1]) if len(call.arguments) > 1 else "0"
    source = source_of(value)
    match kind_of(value):
        case Kind.INTEGER:
            return writer.operand(value)
        case Kind.BOOLEAN:
            return f"({writer.operand(value)} ? 1 : 0)"
        case Kind.NUMBER | Kind.FLOAT:
            return f"($v := {writer.operand(value)}; {_towards_zero('$v', source)})"
        case Kind.TEXT:
            return f"($v := {writer.operand(value)}; {_text_to_integer(source, default)})"
        case _:
            text = _text_to_integer(source, default)
            return (
                f"($v := {writer.operand(value)}; $t := $type($v); $t = 'string' ? {text} : "
                f"$t = 'number' ? {_towards_zero('$v', source)} : $t = 'boolean' ? ($v ? 1 : 0) : {default})"
            )


def _float(writer: Writer, call: Call) -> str:
    """`float` of Jinja, and the default for what is no number."""
    value = call.arguments[0]
    default = writer.operand(call.arguments[1]) if len(call.arguments) > 1 else "0"
    text = _text_to_number(source_of(value), default, finite=True)
    match kind_of(value):
        case Kind.INTEGER | Kind.NUMBER | Kind.FLOAT:
            return writer.operand(value)
        case Kind.BOOLEAN:
            return f"({writer.operand(value)} ? 1 : 0)"
        case Kind.TEXT:
            return f"($v := {writer.operand(value)}; {text})"
        case _:
            return (
                f"($v := {writer.operand(value)}; $t := $type($v); $t = 'string' ? {text} : $t = 'number' ? $v : "
                f"$t = 'boolean' ? ($v ? 1 : 0) : {default})"
            )


def _text_to_integer(source: str, default: str) -> str:
    number = _text_to_number(source, "null", finite=False)
    return f"($n := {number}; $n = null ? {default} : {_towards_zero('$n', source)})"


def _text_to_number(source: str, default: str, *, finite: bool) -> str:
    """The number in the text $v, or the default."""
    unsigned = "$s"
    for pattern, plain in _PLAINER:
        unsigned = f"$replace({unsigned}, {pattern}, '{plain}')"
    infinite = f"$contains($s, {_NOT_FINITE}) ? {failure(source + ' is no finite number')} : " if finite else ""
    return (
        f"($s := $trim($v); $contains($v, {_FOREIGN}) ? {failure(source + ' is a text that only Python reads')} : "
        f"{infinite}$contains($s, {_NUMBER}) ? "
        f"($u := $number({unsigned}); $substring($s, 0, 1) = '-' ? 0 - $u : $u) : {default})"
    )


def _towards_zero(number: str, source: str) -> str:
    return exact(f"({number} < 0 ? $ceil({number}) : $floor({number}))", source)


def _round(writer: Writer, call: Call) -> str:
    """`round` of Jinja with its precision and method, which are literals."""
    value, precision, method = _rounding(call)
    number = writer.operand(value)
    if kind_of(value) not in NUMBERS:
        number = f"($v := {number}; $type($v) = 'number' ? $v : {failure(source_of(value) + ' is no number')})"
    if method in ("floor", "ceil"):
        scale = json_literal(10**precision)
        return f"${method}({number} * {scale}) / {scale}" if precision else f"${method}({number})"
    if precision == 0:
        return f"$round({number})"
    if precision < 0:
        return f"$round({number}, {precision})"
    # Python rounds what a float really holds: 2.675 is a little less. It is a half only as a sum of powers of two.
    scaled = f"$v * {2 ** (precision + 1)}"
    half = f"$contains($string($v), /\\.[0-9]{{{precision}}}5$/) ? {scaled} != $floor({scaled})"
    return (
        f"($v := {number}; ({half} : false) ? {failure(source_of(value) + ' lies between two roundings')} : "
        f"$round($v, {precision}))"
    )


def _rounding(call: Call) -> tuple[Value, int, str]:
    match call.arguments:
        case [value, Literal(value=int() as precision), Literal(value=str() as method)]:
            return value, precision, method
        case [value, Literal(value=int() as precision)]:
            return value, precision, "common"
        case _:
            return call.arguments[0], 0, "common"


def _whole_number(writer: Writer, call: Call) -> str:
    """The whole number that a text is; another text fails the state."""
    value = call.arguments[0]
    if kind_of(value) is Kind.INTEGER:
        return writer.operand(value)
    source = source_of(value)
    digits = r"$contains($v, /^[ \t\n\r]*[-+]?[0-9]+[ \t\n\r]*$/)"
    return (
        f"($v := {writer.text(value)}; {digits} ? {_text_to_integer(source, '0')} : "
        f"{failure(source + ' is no whole number')})"
    )


NUMBER_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.ADD: _infix("+"),
    Function.SUBTRACT: _infix("-"),
    Function.MULTIPLY: _multiply,
    Function.DIVIDE: _infix("/"),
    Function.FLOOR_DIVIDE: _floor_divide,
    Function.MODULO: _modulo,
    Function.INT: _integer,
    Function.FLOAT: _float,
    Function.ROUND: _round,
    Function.WHOLE_NUMBER: _whole_number,
}
