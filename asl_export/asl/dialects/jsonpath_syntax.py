"""How JSONPath and intrinsic functions write names and texts.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re

from asl_export.asl.dialects import CannotSayError
from asl_export.ir.values import Key, Reference, Root

SWITCH = "export to JSONata, the default"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def path_to(value: Reference) -> str:
    """The path of a place."""
    start, rest = {
        Root.VARIABLE: (f"${value.path[0]}" if value.path else "", value.path[1:]),
        Root.STATE_INPUT: ("$", value.path),
        Root.RESULT: ("$", value.path),
        Root.CONTEXT: ("$$", value.path),
    }[value.root]
    return start + "".join(member(key) for key in rest)


def member(key: Key) -> str:
    """A step into an object or a list."""
    if isinstance(key, int):
        if key < 0:
            raise CannotSayError(
                f"the position {key} from the end of a list can't be written in JSONPath",
                why="its positions start at 0",
                fix=SWITCH,
            )
        return f"[{key}]"
    if _NAME.fullmatch(key):
        return f".{key}"
    if not key or set(key) & set("'\\\n\r\t"):
        raise CannotSayError(
            f"the name {key!r} can't be part of a path",
            why="it is empty, or holds a quote, a backslash or a newline",
            fix=SWITCH,
        )
    return f"['{key}']"


def escaped(text: str) -> str:
    """Text inside a literal of an intrinsic function."""
    return re.sub(r"([\\'{}])", r"\\\1", text)


def text_literal(text: str) -> str:
    """A text as an argument of an intrinsic function."""
    return f"'{escaped(text)}'"
