"""The forms that Airflow gives a date, in JSONata: https://docs.jsonata.org/date-time-functions"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from asl_export.asl.dialects.jsonata_syntax import text_literal
from asl_export.asl.dialects.jsonata_writer import Writer, failure, source_of
from asl_export.diagnostics import InternalError
from asl_export.ir.values import Call, Function, Literal, Reference

# Python's strftime to the pictures of JSONata.
_PICTURES: Mapping[str, str] = {
    "%Y": "[Y0001]",
    "%m": "[M01]",
    "%d": "[D01]",
    "%H": "[H01]",
    "%M": "[m01]",
    "%S": "[s01]",
    "%j": "[d001]",
    "%%": "%",
    "[": "[[",
    "]": "]]",
}
_DAY = "[Y0001]-[M01]-[D01]"
_DAY_LENGTH = 86_400_000
# Python leaves out the fraction when it is zero, and writes six digits otherwise. $toMillis would keep three.
_FRACTION = (
    r"($f := $match({0}, /\.([0-9]{{1,6}})/).groups[0]; $exists($f) and $number($f) != 0 ? '.' & $pad($f, 6, '0') : '')"
)


def _in_utc(picture: str) -> Callable[[Writer, Call], str]:
    """The moment as a picture shows it."""

    def written(writer: Writer, call: Call) -> str:
        return f"$fromMillis($toMillis({writer.code(call.arguments[0])}), '{picture}')"

    return written


def _stamp(picture: str, zone: str) -> Callable[[Writer, Call], str]:
    """The moment as a picture shows it, with its fraction of a second and the zone."""

    def written(writer: Writer, call: Call) -> str:
        code = writer.code(call.arguments[0])
        named = isinstance(call.arguments[0], Reference)
        moment = code if named else "$m"
        shown = f"$fromMillis($toMillis({moment}), '{picture}') & {_FRACTION.format(moment)} & '{zone}'"
        return f"({shown})" if named else f"($m := {code}; {shown})"

    return written


def _format(writer: Writer, call: Call) -> str:
    moment, form = call.arguments
    if not isinstance(form, Literal):
        raise InternalError(f"the format of a date must be known when the DAG is read: {form!r}")
    parts = re.findall(r"%.|[^%]", form.value, re.DOTALL)
    picture = "".join(_PICTURES.get(part, part) for part in parts)
    return f"$fromMillis($toMillis({writer.code(moment)}), {text_literal(picture)})"


def _add_days(writer: Writer, call: Call) -> str:
    """`macros.ds_add`: a day's text moved by days; zero leaves any text as it is."""
    day, number = call.arguments
    moved = f"$fromMillis($toMillis($d) + $n * {_DAY_LENGTH}, '{_DAY}')"
    wrong = failure(f"{source_of(day)} is no day such as 2026-03-09")
    checked = f"$contains($d, /^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$/) ? {moved} : {wrong}"
    return f"($d := {writer.text(day)}; $n := {writer.operand(number)}; $n = 0 ? $d : {checked})"


def _moment(writer: Writer, call: Call) -> str:
    """A text's moment, as RFC 3339 has it; as in Airflow it is midnight without a time, and UTC without a zone."""
    (value,) = call.arguments
    wrong = failure(f"{source_of(value)} is no date and time such as 2026-03-09T12:00:00Z")
    given = (
        r"/^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/"
    )
    time = "$length($t) = 10 ? '00:00' : $substring($t, 11)"
    seconds = "$contains($r, /^.{5}($|Z|[+-])/) ? $substring($r, 0, 5) & ':00' & $substring($r, 5) : $r"
    zone = "$contains($r, /(Z|[+-][0-9]{2}:[0-9]{2})$/) ? '' : 'Z'"
    written = f"($r := {time}; $r := {seconds}; $substring($t, 0, 10) & 'T' & $r & ({zone}))"
    return f"($t := {writer.text(value)}; $contains($t, {given}) ? {written} : {wrong})"


def _later(writer: Writer, call: Call) -> str:
    moment, length = call.arguments
    return f"$fromMillis($toMillis({writer.code(moment)}) + {writer.code(length)})"


DATE_FUNCTIONS: Mapping[Function, Callable[[Writer, Call], str]] = {
    Function.DATE: _in_utc(_DAY),
    Function.DATE_NODASH: _in_utc("[Y0001][M01][D01]"),
    Function.TIMESTAMP: _stamp("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]", "+00:00"),
    Function.LOGICAL_DATE_TEXT: _stamp("[Y0001]-[M01]-[D01] [H01]:[m01]:[s01]", "+00:00"),
    Function.TIMESTAMP_NODASH: _in_utc("[Y0001][M01][D01]T[H01][m01][s01]"),
    Function.TIMESTAMP_NODASH_WITH_TZ: _stamp("[Y0001][M01][D01]T[H01][m01][s01]", "+0000"),
    Function.FORMAT_DATE: _format,
    Function.ADD_DAYS: _add_days,
    Function.MOMENT: _moment,
    Function.LATER: _later,
}
