"""What a machine works out for itself, beside the DAG's own values, in JSONata."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import member, text_literal
from asl_export.asl.dialects.jsonata_writer import Writer
from asl_export.diagnostics import InternalError
from asl_export.ir.values import Call, Function, Literal


def _s3_key(writer: Writer, call: Call) -> str:
    return f"$join($filter($split({writer.operand(call.arguments[0])}, '/'), function($v, $i) {{$i > 2}}), '/')"


def _ended_in(writer: Writer, call: Call) -> str:
    variable, ways = call.arguments
    return f"{writer.code(variable)} in {writer.code(ways)}"


def _any_ended(writer: Writer, call: Call) -> str:
    match call.arguments:
        case [outputs, Literal(value=str() as name), Literal(value=str() as way)]:
            return f"{text_literal(way)} in {writer.code(outputs)}{member(name)}"
        case _:
            raise InternalError(f"a name and a way to end are needed: {call!r}")


def _all_of(writer: Writer, call: Call) -> str:
    """A list of what items returned; as in Airflow, nothing stands for one that returned nothing.

    $append puts each value into the list as one item, where [$map(…)] would take a single list apart.
    """
    outputs, name = call.arguments
    value = f"$r{member(_text(name))}"
    one = f"$type({value}) = 'array' ? [[{value}]] : [{value}]"
    add = f"function($l, $r) {{ {value} = null ? $l : $append($l, {one}) }}"
    return f"$reduce({writer.code(outputs)}, {add}, [])"


def _texts(writer: Writer, call: Call) -> str:
    add = "function($l, $i) { $append($l, $string($i)) }"
    return f"$reduce({writer.operand(call.arguments[0])}, {add}, [])"


def _texts_by_name(writer: Writer, call: Call) -> str:
    return f"$merge($each({writer.operand(call.arguments[0])}, function($i, $k) {{ {{$k: $string($i)}} }}))"


def _zip(writer: Writer, call: Call) -> str:
    return f"$zip({', '.join(writer.code(argument) for argument in call.arguments)})"


def _product(writer: Writer, call: Call) -> str:
    """All combinations as objects, in Airflow's order."""
    names, *lists = call.arguments
    if not isinstance(names, Literal):
        raise InternalError("the arguments of a product have no names")
    fields = ", ".join(f"{text_literal(name)}: $i{number}" for number, name in enumerate(names.value, start=1))
    code = f"[{{{fields}}}]"
    for number in range(len(lists), 0, -1):
        add = f"function($l{number}, $i{number}) {{ $append($l{number}, {code}) }}"
        code = f"$reduce({writer.code(lists[number - 1])}, {add}, [])"
    return code


def _text(value: object) -> str:
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value
    raise InternalError(f"{value!r} is no name")


def _time(writer: Writer, call: Call) -> str:
    """ISO 8601 in UTC, as airstep.job.Job writes a time."""
    picture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]+00:00"
    return f"$fromMillis({writer.operand(call.arguments[0])}, '{picture}')"


MACHINE_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.TIME: _time,
    Function.S3_BUCKET: lambda writer, call: f"$split({writer.operand(call.arguments[0])}, '/')[2]",
    Function.S3_KEY: _s3_key,
    # As urlsplit(uri).path.lstrip("/").
    Function.S3_HOOK_KEY: lambda writer, call: (
        f"$replace({writer.text(call.arguments[0])}, /^[\\/]+|\\?[\\s\\S]*/, '')"
    ),
    Function.HAS_ITEMS: lambda writer, call: f"$count({writer.code(call.arguments[0])}) > 0",
    Function.ENDED_IN: _ended_in,
    Function.ANY_ENDED: _any_ended,
    Function.ALL_OF: _all_of,
    Function.TEXTS: _texts,
    Function.DOUBLED_BRACES: lambda writer, call: (
        f"$replace($replace({writer.text(call.arguments[0])}, '{{', '{{{{'), '}}', '}}}}')"
    ),
    Function.WITHOUT_SLASHES: lambda writer, call: f"$replace({writer.text(call.arguments[0])}, /[\\/]+$/, '')",
    Function.TEXTS_BY_NAME: _texts_by_name,
    Function.ZIP: _zip,
    Function.PRODUCT: _product,
}
