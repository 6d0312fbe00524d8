"""The intrinsic functions of JSONPath states: `States.Format('{}-{}', $.a, States.UUID())` and the like.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.stepfunctions.errors import INTRINSIC, StatesError

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<call>States\.[A-Za-z0-9]+)\s*\(|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>true|false|null)|(?P<path>\$(?:\[(?:'(?:\\.|[^'\\])*'|[^\]'])*\]|[^\s,()\[\]])*))"
)
_ESCAPE = re.compile(r"\\(['{}\\])")
_LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and its arguments: literals, paths and further calls."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    r"""A literal between its quotation marks, with its escapes: States.Format tells `\{}` from `{}`."""

    escaped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A JSONPath in an argument's place."""

    text: str


def is_intrinsic(text: str) -> bool:
    """Whether the value of a `.$` field is a call and no path."""
    return text.startswith("States.")


def evaluate_intrinsic(text: str, select: Callable[[str], Any]) -> Any:
    """The value of a call, paths being looked up with `select`.

    :raises StatesError: States.IntrinsicFailure when the function refuses its arguments.
    """
    return _evaluate(parse_intrinsic(text), select)


@functools.lru_cache(maxsize=4096)
def parse_intrinsic(text: str) -> Call:
    """The call that a text spells.

    :raises StatesError: States.IntrinsicFailure when it spells none, or names no known function.
    """
    call, end = _parse(text, 0)
    if not isinstance(call, Call) or text[end:].strip():
        raise StatesError(INTRINSIC, f"Invalid intrinsic function: {text}")
    return call


def _parse(text: str, at: int) -> tuple[Any, int]:
    token = _TOKEN.match(text, at)
    if token is None:
        raise StatesError(INTRINSIC, f"Invalid intrinsic function: {text} (at character {at})")
    if token["text"] is not None:
        escaped = token["text"][1:-1]
        if "\\" in _ESCAPE.sub("", escaped):
            raise StatesError(
                INTRINSIC, f"Invalid intrinsic function: {text} (a backslash stands before ', {{, }} or \\)"
            )
        return Text(escaped=escaped), token.end()
    if token["number"] is not None or token["word"] is not None:
        return json.loads(token["number"] or token["word"]), token.end()
    if token["path"] is not None:
        return Path(text=token["path"]), token.end()
    return _parse_call(text, token["call"], token.end())


def _parse_call(text: str, name: str, at: int) -> tuple[Call, int]:
    if name not in _FUNCTIONS:
        raise StatesError(INTRINSIC, f"Unknown intrinsic function {name} in {text}")
    arguments: list[Any] = []
    rest = text[at:].lstrip()
    if rest.startswith(")"):
        return Call(name=name, arguments=()), len(text) - len(rest) + 1
    while True:
        argument, at = _parse(text, at)
        arguments.append(argument)
        rest = text[at:].lstrip()
        at = len(text) - len(rest) + 1
        if rest.startswith(")"):
            return Call(name=name, arguments=tuple(arguments)), at
        if not rest.startswith(","):
            raise StatesError(INTRINSIC, f"Invalid intrinsic function: {text} (at character {at})")


def _evaluate(part: Any, select: Callable[[str], Any]) -> Any:
    if isinstance(part, Path):
        return select(part.text)
    if isinstance(part, Text):
        return _unescaped(part.escaped)
    if not isinstance(part, Call):
        return part
    arguments = [_evaluate(argument, select) for argument in part.arguments]
    if part.name == "States.Format" and isinstance(part.arguments[0], Text):
        arguments[0] = part.arguments[0].escaped
    try:
        return _FUNCTIONS[part.name](*arguments)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise StatesError(INTRINSIC, f"Error executing {part.name} with {json.dumps(arguments)}: {error}") from error


def _format(template: str, *values: Any) -> str:
    parts = re.split(r"(\\.|\{\})", template)
    places = parts.count("{}")
    if places != len(values):
        raise ValueError(f"{places} placeholders but {len(values)} values")
    left = iter(values)
    return "".join(_shown(next(left)) if part == "{}" else _unescaped(part) for part in parts)


def _unescaped(text: str) -> str:
    """A literal's text: a backslash stands before a quotation mark, a brace or another backslash."""
    return _ESCAPE.sub(r"\1", text)


def _shown(value: Any) -> str:
    """A value as States.Format inserts it; AWS writes objects and arrays in Java's way, `{a=1, b=[x, y]}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_shown(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(inner) for inner in value) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _contains(array: Any, value: Any) -> bool:
    return _key(value) in {_key(item) for item in _array(array)}


def _key(value: Any) -> str:
    """The same text for the same JSON: Python's own comparison takes true for 1."""
    return json.dumps(value, sort_keys=True)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("the argument must be an array")
    return value


def _whole(number: Any) -> int:
    """The number, rounded as AWS does: half up."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TypeError(f"{json.dumps(number)} is no number")
    return math.floor(number + 0.5)


def _short(text: Any) -> str:
    if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise ValueError(f"the argument must be a text of at most {_LONGEST_TEXT} characters")
    return text


def _partition(array: Any, chunk: Any) -> list[Any]:
    size = _whole(chunk)
    if size < 1:
        raise ValueError("the chunk size must be a positive integer")
    return [_array(array)[start : start + size] for start in range(0, len(array), size)]


def _range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, by = _whole(first), _whole(last), _whole(step)
    numbers = list(range(start, end + (1 if by > 0 else -1), by))
    if len(numbers) > 1000:
        raise ValueError("an array range has at most 1000 items")
    return numbers


def _get(array: Any, index: int) -> Any:
    if not 0 <= index < len(_array(array)):
        raise IndexError("the index is outside the array")
    return array[index]


def _unique(array: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for item in _array(array):
        found.setdefault(_key(item), item)
    return list(found.values())


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only shallow merging (false) is supported")
    return {**first, **second}


def _hash(value: Any, algorithm: str) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return hashlib.new(_HASHES[algorithm], _short(text).encode(), usedforsecurity=False).hexdigest()


def _random(start: Any, end: Any, seed: int | None = None) -> int:
    source = random.Random(seed) if seed is not None else random  # noqa: S311 - no secret
    return source.randrange(_whole(start), _whole(end))


def _from_json(text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError("the argument must be a string")
    return json.loads(text) if text.strip() else None


def _split(text: str, characters: str) -> list[str]:
    return [part for part in re.split(f"[{re.escape(characters)}]", text) if part]


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.StringToJson": _from_json,
    "States.JsonToString": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    "States.Array": lambda *values: list(values),
    "States.ArrayPartition": _partition,
    "States.ArrayContains": _contains,
    "States.ArrayRange": _range,
    "States.ArrayGetItem": _get,
    "States.ArrayLength": lambda array: len(_array(array)),
    "States.ArrayUnique": _unique,
    "States.Base64Encode": lambda text: base64.b64encode(_short(text).encode()).decode(),
    "States.Base64Decode": lambda text: base64.b64decode(_short(text), validate=True).decode(),
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.MathRandom": _random,
    "States.MathAdd": lambda first, second: _whole(first) + _whole(second),
    "States.StringSplit": _split,
    "States.UUID": lambda: str(uuid.uuid4()),
}
