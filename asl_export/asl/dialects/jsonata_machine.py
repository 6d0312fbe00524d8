"""What a machine works out for itself, beside the DAG's own values, in JSONata."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import member, text_literal
from asl_export.asl.dialects.jsonata_writer import Writer
from asl_export.diagnostics import InternalError
from asl_export.ir.values import Call, Function, Literal


def _s3_key(writer: Writer, call: Call) -> str:
    return f"$join($filter($split({writer.operand(call.arguments[0])}, '/'), function($v, $i) {{$i > 2}}), '/')"


def _any_ended(writer: Writer, call: Call) -> str:
    match call.arguments:
        case [outputs, Literal(value=str() as name), Literal(value=str() as way)]:
            return f"{text_literal(way)} in {writer.code(outputs)}{member(name)}"
        case _:
            raise InternalError(f"a name and a way to end are needed: {call!r}")


def _all_of(writer: Writer, call: Call) -> str:
    """A list of what each item handed on; a list that an item handed on stays one, also that of a single item."""
    match call.arguments:
        case [outputs, Literal(value=str() as name)]:
            place = member(name)
            alone = f"($v := $l[0]{place}; $type($v) = 'array' ? [[$v]] : [$v])"
            several = f"[$map($l, function($r) {{$r{place}}})]"
            return f"($l := {writer.code(outputs)}; $count($l) = 1 ? {alone} : {several})"
        case _:
            raise InternalError(f"a name is needed: {call!r}")


def _time(writer: Writer, call: Call) -> str:
    """ISO 8601 in UTC, as airstep.job.Job writes a time."""
    picture = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]+00:00"
    return f"$fromMillis({writer.operand(call.arguments[0])}, '{picture}')"


MACHINE_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.TIME: _time,
    Function.S3_BUCKET: lambda writer, call: f"$split({writer.operand(call.arguments[0])}, '/')[2]",
    Function.S3_KEY: _s3_key,
    Function.HAS_ITEMS: lambda writer, call: f"$count({writer.code(call.arguments[0])}) > 0",
    Function.ANY_ENDED: _any_ended,
    Function.ALL_OF: _all_of,
}
