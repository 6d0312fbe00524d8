"""The functions that Step Functions adds to JSONata; `$eval`, which it takes away; `$count` and `$distinct`, mended.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html ("JSONata functions provided by Step
Functions").
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import jsonata
from jsonata.functions import Functions
from jsonata.utils import Utils

_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_LONGEST_RANGE = 1000


def partition(array: Any = None, size: Any = None) -> Any:
    """The array in chunks of `size`; the last one may be shorter."""
    if array is None:
        return None
    items = array if isinstance(array, list) else [array]
    length = _whole(size, "$partition")
    if length < 1:
        raise ValueError("the chunk size of $partition must be a positive integer")
    return [list(items[start : start + length]) for start in range(0, len(items), length)]


def number_range(first: Any = None, last: Any = None, step: Any = 1) -> Any:
    """Numbers from `first` to `last`, both included, `step` apart.

    They are a sequence, so one number is no array: `$range(1, 9, 9)` is 1 on AWS.
    """
    if first is None or last is None:
        return None
    if not step:
        raise ValueError("the step of $range must not be 0")
    count = max(0, math.floor((last - first) / step + 1e-9) + 1)
    if count > _LONGEST_RANGE:
        raise ValueError(f"$range makes at most {_LONGEST_RANGE} items, not {count}")
    return Utils.create_sequence_from_iter(first + index * step for index in range(count))


def text_hash(value: Any = None, algorithm: Any = None) -> Any:
    """The hash of a text in hexadecimal; MD5, SHA-1, SHA-256, SHA-384 or SHA-512."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"$hash needs a text, not {value!r}")
    if algorithm not in _HASHES:
        raise ValueError(f"$hash knows {', '.join(_HASHES)}, not {algorithm!r}")
    return hashlib.new(_HASHES[algorithm], value.encode(), usedforsecurity=False).hexdigest()


def random_number(seed: Any = None) -> float:
    """A number of at least 0 and less than 1; the same for the same seed."""
    return (random.Random(seed) if seed is not None else random).random()  # noqa: S311 - no secret


def count(array: Any = None) -> int:
    """How many items there are; null is one (the library counts none)."""
    if array is None:
        return 0
    return len(array) if isinstance(array, list) else 1


def distinct(array: Any = None) -> Any:
    """The items without those that equal an earlier one; true isn't 1 (the library says it is)."""
    if not isinstance(array, list) or len(array) <= 1:
        return array
    found: list[Any] = []
    for item in array:
        if not any(Utils.is_deep_equal(item, other) for other in found):
            found.append(item)
    return Utils.create_sequence_from_iter(found) if Utils.is_sequence(array) else found


def parse(text: Any = None) -> Any:
    """The value of a JSON text."""
    return None if text is None else _nulls(json.loads(text, parse_constant=_no_number))


def to_millis(time: Any = None, picture: Any = None) -> Any:
    """The milliseconds of a time; without a picture it must be written as the original wants it (Python takes more)."""
    if time is not None and picture is None and not (isinstance(time, str) and _ISO_8601.fullmatch(time)):
        raise ValueError(f"$toMillis needs an ISO 8601 formatted timestamp, not {time!r}")
    return Functions.datetime_to_millis(time, picture)


# Source: https://github.com/jsonata-js/jsonata/blob/master/src/datetime.js
_ISO_8601 = re.compile(
    r"[0-9]{4}(-[01][0-9])?(-[0-3][0-9])?(T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])?(\.[0-9]+)?([+-][0-2][0-9]:?[0-5][0-9]|Z)?"
)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} isn't JSON")


def _nulls(value: Any) -> Any:
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {name: _nulls(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_nulls(inner) for inner in value]
    return value


def _no_eval(*_: Any) -> Any:
    raise ValueError("Step Functions has no $eval; $parse reads a JSON text")


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError(f"{where} needs a whole number, not {value!r}")
    return int(value)


def _bound(function: Callable[..., Any]) -> Any:
    return jsonata.Jsonata.JLambda(function)


FUNCTIONS: Mapping[str, Any] = {
    "partition": _bound(partition),
    "range": _bound(number_range),
    "hash": _bound(text_hash),
    "random": _bound(random_number),
    "uuid": _bound(lambda: str(uuid.uuid4())),
    "parse": _bound(parse),
    "count": _bound(count),
    "distinct": _bound(distinct),
    "toMillis": jsonata.Jsonata.JFunction(_bound(to_millis), "<s-s?:n>"),
    "eval": _bound(_no_eval),
}
