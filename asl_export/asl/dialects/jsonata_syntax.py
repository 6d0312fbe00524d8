"""How JSONata writes names and constants: https://docs.jsonata.org/simple"""

from __future__ import annotations

import json
import re
from typing import Any

from asl_export.ir.values import Key

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})


def expression(code: str) -> str:
    """JSONata code as a field's value."""
    return "{% " + code + " %}"


def member(key: Key) -> str:
    """A step into an object or a list."""
    if isinstance(key, int):
        return f"[{key}]"
    if _NAME.fullmatch(key) and key not in _WORDS:
        return f".{key}"
    return f".`{key}`" if not {"`", "%"} & set(key) else _lookup(key)


def _lookup(key: str) -> str:
    """A step by a name that holds a backquote, which JSONata can't quote, or what may end the expression."""
    return f".$lookup($, {text_literal(key)})"


def text_literal(text: str) -> str:
    """A text as JSONata writes it, with nothing in it that ends the text or the expression."""
    quoted = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\u0027")
    return "'" + quoted.replace("%", "\\u0025").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "'"


def json_literal(value: Any) -> str:
    """A JSON value as JSONata writes it."""
    match value:
        case str():
            return text_literal(value)
        case dict():
            return "{" + ", ".join(f"{text_literal(key)}: {json_literal(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(json_literal(item) for item in value) + "]"
        case _:
            return json.dumps(value, allow_nan=False)
