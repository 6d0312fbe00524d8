"""What Jinja and Python do with texts and lists, in JSONata: https://docs.jsonata.org/string-functions"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import member
from asl_export.asl.dialects.jsonata_writer import Writer, failure, number_json, number_text, source_of, text_of
from asl_export.diagnostics import InternalError
from asl_export.ir.values import Call, Function, Kind, Literal, kind_of

# What Python's str.strip() takes off.
_BLANKS = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def _of_text(function: str) -> Callable[[Writer, Call], str]:
    return lambda writer, call: f"{function}({writer.text(call.arguments[0])})"


def _trim(writer: Writer, call: Call) -> str:
    match call.arguments:
        case [value]:
            letters = _BLANKS
        case [value, Literal(value=str() as given)]:
            letters = "".join(f"\\u{ord(letter):04x}" for letter in given)
        case _:
            raise InternalError(f"the letters to trim must be known when the DAG is read: {call!r}")
    return f"$replace({writer.text(value)}, /^[{letters}]+|[{letters}]+(?![\\s\\S])/, '')"


def _replace(writer: Writer, call: Call) -> str:
    texts = [writer.text(argument) for argument in call.arguments[:3]]
    counts = [writer.code(argument) for argument in call.arguments[3:]]
    return f"$replace({', '.join([*texts, *counts])})"


def _join(writer: Writer, call: Call) -> str:
    value = call.arguments[0]
    separator = writer.text(call.arguments[1]) if len(call.arguments) > 1 else "''"
    source = source_of(value)
    texts = f"$map($l, function($i) {{({text_of('$i', 'an item of ' + source)})}})"
    return (
        f"($l := {writer.operand(value)}; $type($l) = 'array' ? $join([{texts}], {separator}) : "
        f"{failure(source + ' is no list')})"
    )


def _starts_with(writer: Writer, call: Call) -> str:
    text, start = (writer.text(argument) for argument in call.arguments)
    return f"($v := {text}; $w := {start}; $substring($v, 0, $length($w)) = $w)"


def _ends_with(writer: Writer, call: Call) -> str:
    text, end = (writer.text(argument) for argument in call.arguments)
    return f"($v := {text}; $w := {end}; $n := $length($v) - $length($w); $n >= 0 ? $substring($v, $n) = $w : false)"


def _to_json(writer: Writer, call: Call) -> str:
    """JSON; $string leaves a text without its quotation marks, but not one in a list."""
    value = call.arguments[0]
    text = "($t := $string([$v]); $substring($t, 1, $length($t) - 2))"
    return (
        f"($v := {writer.operand(value)}; $t := $type($v); $t = 'string' ? {text} : "
        f"$t = 'number' ? {number_json('$v', source_of(value))} : $string($v))"
    )


def _batch_text(writer: Writer, call: Call) -> str:
    """The text that Batch gets for a value: `as_text` of airstep.spec."""
    value = call.arguments[0]
    source = source_of(value)
    match kind_of(value):
        case Kind.TEXT | Kind.DATE:
            return writer.text(value)
        case Kind.INTEGER | Kind.BOOLEAN:
            return f"$string({writer.operand(value)})"
        case Kind.NUMBER | Kind.FLOAT:
            return f"($v := {writer.operand(value)}; {number_text('$v', source)})"
        case _:
            return (
                f"($v := {writer.operand(value)}; $t := $type($v); $t = 'string' ? $v : $t = 'number' ? "
                f"{number_text('$v', source)} : $t = 'boolean' ? $string($v) : {failure(source + ' has no text')})"
            )


def _length(writer: Writer, call: Call) -> str:
    """The letters of a text, the items of a list, the keys of a mapping."""
    value = call.arguments[0]
    match kind_of(value):
        case Kind.TEXT:
            return f"$length({writer.text(value)})"
        case Kind.LIST:
            return f"$count({writer.operand(value)})"
        case Kind.OBJECT:
            return f"$count($keys({writer.operand(value)}))"
        case _:
            return (
                f"($v := {writer.operand(value)}; $t := $type($v); $t = 'string' ? $length($v) : $t = 'array' ? "
                f"$count($v) : $t = 'object' ? $count($keys($v)) : {failure(source_of(value) + ' has no length')})"
            )


def _part(writer: Writer, call: Call) -> str:
    """What a worked out list or mapping holds at a key."""
    value, key = call.arguments
    if not isinstance(key, Literal):
        raise InternalError(f"a key must be known when the DAG is read: {key!r}")
    kind = "array" if isinstance(key.value, int) else "object"
    missing = failure(f"there is no {key.value!r} in {source_of(value)}")
    return (
        f"($v := {writer.operand(value)}; $r := $type($v) = '{kind}' ? $v{member(key.value)}; "
        f"$exists($r) ? $r : {missing})"
    )


def _get(writer: Writer, call: Call) -> str:
    """What a mapping holds at a key, or the default."""
    value, key, default = call.arguments
    if not isinstance(key, Literal):
        raise InternalError(f"a key must be known when the DAG is read: {key!r}")
    return (
        f"($v := {writer.operand(value)}; $type($v) = 'object' ? ($r := $v{member(key.value)}; "
        f"$exists($r) ? $r : {writer.operand(default)}) : {failure(source_of(value) + ' is no mapping')})"
    )


def _chain(writer: Writer, call: Call) -> str:
    """Lists one after the other."""
    chained, *following = (writer.operand(argument) for argument in call.arguments)
    for code in following:
        chained = f"$append({chained}, {code})"
    return chained


def _or_none(writer: Writer, call: Call) -> str:
    """What xcom_pull gives for all values of one of several tasks: [None] where there is none."""
    return f"($v := {writer.operand(call.arguments[0])}; $count($v) = 0 ? [null] : $v)"


def _pulled(writer: Writer, call: Call) -> str:
    """What xcom_pull gives for all values of a mapped task: of one the value itself, of none None."""
    return f"($v := {writer.operand(call.arguments[0])}; $n := $count($v); $n = 0 ? null : $n = 1 ? $v[0] : $v)"


TEXT_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.LOWER: _of_text("$lowercase"),
    Function.UPPER: _of_text("$uppercase"),
    Function.STRING: lambda writer, call: writer.text(call.arguments[0]),
    Function.TRIM: _trim,
    Function.REPLACE: _replace,
    Function.JOIN: _join,
    Function.STARTS_WITH: _starts_with,
    Function.ENDS_WITH: _ends_with,
    Function.TO_JSON: _to_json,
    # Step Functions has no $eval; $parse reads a JSON text.
    Function.FROM_JSON: _of_text("$parse"),
    Function.BATCH_TEXT: _batch_text,
    Function.LENGTH: _length,
    Function.GET: _get,
    Function.PART: _part,
    Function.CHAIN: _chain,
    Function.OR_NONE: _or_none,
    Function.PULLED: _pulled,
}
