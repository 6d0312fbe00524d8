"""What a machine needs beside the DAG's own expressions: documents of jobs, and what branches and items hand out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import member, text_literal
from asl_export.asl.dialects.jsonata_writer import Writer
from asl_export.diagnostics import InternalError
from asl_export.ir.values import Call, Function, Literal


def _bucket(writer: Writer, call: Call) -> str:
    return f"$split({writer.text(call.arguments[0])}, '/')[2]"


def _key(writer: Writer, call: Call) -> str:
    return f"$join($filter($split({writer.text(call.arguments[0])}, '/'), function($v, $i) {{ $i > 2 }}), '/')"


def _has_items(writer: Writer, call: Call) -> str:
    return f"$count({writer.code(call.arguments[0])}) > 0"


def _any_ended(writer: Writer, call: Call) -> str:
    outputs, name, way = call.arguments
    return f"{text_literal(_text(way))} in {writer.code(outputs)}{member(_text(name))}"


def _all_of(writer: Writer, call: Call) -> str:
    # $append puts each value into the list as one item, where [$map(…)] would take a single list apart.
    outputs, name = call.arguments
    add = f"function($l, $r) {{ $append($l, [[$r{member(_text(name))}]]) }}"
    return f"$reduce({writer.code(outputs)}, {add}, [])"


def _text(value: object) -> str:
    if isinstance(value, Literal) and isinstance(value.value, str):
        return value.value
    raise InternalError(f"{value!r} is no name")


MACHINE_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.S3_BUCKET: _bucket,
    Function.S3_KEY: _key,
    Function.HAS_ITEMS: _has_items,
    Function.ANY_ENDED: _any_ended,
    Function.ALL_OF: _all_of,
}
