"""An argument whose text the service reads as JSON: what it says, which is what Step Functions wants in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from asl_export.frontend.json_values import checked_json
from asl_export.frontend.readers.aws import invalid
from asl_export.frontend.refusal import RefusalError
from asl_export.ir.values import VALUE_TYPES, Call, Document, Format, Function, Kind, Literal, Value, kind_of

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"(?<![\d.])\d+(?![\d.eE])")
_DIGITS = 15


def json_document(field: str, document: Document) -> Document:
    """What a JSON text says: read now if it is known, else by the machine.

    :raises RefusalError: for a text that is no JSON, for anything but a text, and for a number that the machine would
        read as another.
    """
    match document:
        case Literal(value=str() as text):
            return Literal(value=_read(field, text))
        case Call(function=Function.TO_JSON, arguments=[inner]):
            return inner
        case Format(parts=parts):
            _check_numbers(field, parts)
            return Call(function=Function.FROM_JSON, arguments=(document,), kind=Kind.ANY)
        case _ if isinstance(document, VALUE_TYPES) and kind_of(document) in (Kind.TEXT, Kind.ANY):
            return Call(function=Function.FROM_JSON, arguments=(document,), kind=Kind.ANY)
        case _:
            raise invalid(
                field,
                f"{field} must be a text of JSON",
                why="Airflow fails with another type",
                fix="write json.dumps(…), or | tojson in a template",
            )


def _read(field: str, text: str) -> Any:
    def no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number of JSON")

    try:
        read = json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError) as error:
        raise invalid(
            field, f"{field} is no JSON: {error}", why="the service wouldn't take it", fix="write json.dumps(…)"
        ) from error
    try:
        return checked_json(read)
    except RefusalError as refusal:
        refusal.field = field
        raise


def _check_numbers(field: str, parts: Sequence[Value]) -> None:
    """Refuse a constant among what only the machine can read: JSONata's numbers are exact to 15 digits."""
    text = "".join(str(part.value) if isinstance(part, Literal) else "{}" for part in parts)
    for number in _NUMBER.findall(_TEXT.sub('""', text)):
        if len(number.lstrip("0")) > _DIGITS:
            raise invalid(
                field,
                f"{field} holds the number {number}, of more than {_DIGITS} digits, beside what only the run knows",
                why="the machine reads such a text with JSONata, which changes the last digits",
                fix=f'write "{number}", a text, and read it as a number where it arrives',
            )
