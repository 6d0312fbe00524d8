"""What can be written as JSON: texts of Unicode, finite numbers, lists, and mappings with texts as keys."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from asl_export.diagnostics import Code
from asl_export.frontend.refusal import RefusalError


def checked_text(text: str) -> str:
    """The text itself.

    :raises RefusalError: it holds half of a surrogate pair.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RefusalError(
            Code.INVALID_VALUE,
            f"the text {text!r} isn't Unicode text",
            why="it holds half of a surrogate pair, and neither JSON in UTF-8 nor Airflow's database takes it",
            fix="write the character itself, or one escape such as \\U0001f3ac",
        ) from error
    return text


def checked_number(number: float) -> float:
    """The number itself.

    :raises RefusalError: it is infinite, no number at all, or larger than any that a machine can hold.
    """
    if abs(number) <= sys.float_info.max:
        return number
    said = f"the number {number}" if isinstance(number, float) else f"a whole number of {number.bit_length():,} bits"
    raise RefusalError(
        Code.INVALID_VALUE,
        f"{said} can't be exported",
        why="JSON, of which a state machine and its requests are made, has no such number",
        fix="give a smaller number, or a text",
    )


def checked_json(value: Any) -> Any:
    """The value itself.

    :raises RefusalError: JSON has no words for it, or for a part of it.
    """
    match value:
        case None | bool():
            pass
        case str():
            checked_text(value)
        case int() | float():
            checked_number(value)
        case list() | tuple():
            for item in value:
                checked_json(item)
        case Mapping():
            for key, item in value.items():
                checked_key(key)
                checked_json(item)
        case _:
            raise RefusalError(
                Code.INVALID_VALUE,
                f"a value of the type {type(value).__name__} can't be exported",
                why="a state machine is JSON: text, numbers, booleans, lists and mappings",
                fix="give one of those",
            )
    return value


def checked_key(key: Any) -> str:
    """The key of a mapping itself.

    :raises RefusalError: it is no text.
    """
    if isinstance(key, str):
        return checked_text(key)
    raise RefusalError(
        Code.INVALID_VALUE,
        f"the key {key!r} isn't a text",
        why="the keys of a mapping in JSON are texts",
        fix=f"write {str(key)!r}",
    )
