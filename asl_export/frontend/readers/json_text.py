"""An argument whose text the service reads as JSON: what it says, which is what Step Functions wants in its place."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from asl_export.frontend.json_values import checked_json
from asl_export.frontend.readers.aws import invalid
from asl_export.frontend.refusal import RefusalError
from asl_export.ir.values import VALUE_TYPES, Call, Document, Function, Kind, Literal, kind_of


def json_document(field: str, document: Document) -> Document:
    """What a JSON text says: read now if it is known, else by the machine.

    :raises RefusalError: for a text that is no JSON, and for anything but a text.
    """
    match document:
        case Literal(value=str() as text):
            return Literal(value=_read(field, text))
        case Call(function=Function.TO_JSON, arguments=[inner]):
            return inner
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
