"""What a JSONPath or an intrinsic function reads.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html and
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tests.asl_static.reading import Reading

_QUOTED = r"'(?:\\.|[^'\\])*'" + "|" + r'"(?:\\.|[^"\\])*"'
_FILTER = rf"\?\((?:{_QUOTED}|[^'\"()]|\((?:{_QUOTED}|[^'\"()])*\))*\)"
_INDEX = r"-?\d+(?:,-?\d+)*|-?\d*:-?\d*(?::-?\d+)?"
_NAME = r"[\w-]+"
_STEP = rf"\.\.?(?:{_NAME}|\*)|\[(?:(?:{_QUOTED})(?:,(?:{_QUOTED}))*|\*|{_INDEX}|{_FILTER})\]"
_PATH = re.compile(rf"(?P<root>\$\$|\$(?:[^\W\d]\w*)?)(?P<steps>(?:{_STEP})*)")
_ONE = re.compile(rf"(?:\.{_NAME}|\[(?:{_QUOTED}|\d+)\])*")
_KEYS = re.compile(rf"\.(?P<plain>{_NAME})|\[(?P<quoted>{_QUOTED})\]")
_INSIDE_FILTER = re.compile(rf"{_QUOTED}|(?P<variable>\$[^\W\d]\w*)")
_TOKEN = re.compile(
    rf"\s*(?:(?P<call>States\.[A-Za-z0-9]+)\(|(?P<path>{_PATH.pattern})"
    r"|(?P<literal>'(?:\\.|[^'\\])*'|-?\d+(?:\.\d+)?|null|true|false)|(?P<end>[,)]))\s*"
)

FUNCTIONS: dict[str, tuple[int, int]] = {
    "States.Format": (1, 99),
    "States.StringToJson": (1, 1),
    "States.JsonToString": (1, 1),
    "States.Array": (0, 99),
    "States.ArrayPartition": (2, 2),
    "States.ArrayContains": (2, 2),
    "States.ArrayRange": (3, 3),
    "States.ArrayGetItem": (2, 2),
    "States.ArrayLength": (1, 1),
    "States.ArrayUnique": (1, 1),
    "States.Base64Encode": (1, 1),
    "States.Base64Decode": (1, 1),
    "States.Hash": (2, 2),
    "States.JsonMerge": (3, 3),
    "States.MathRandom": (2, 3),
    "States.MathAdd": (2, 2),
    "States.StringSplit": (2, 2),
    "States.UUID": (0, 0),
}
"""The intrinsic functions, with the fewest and the most arguments."""

MOST_CALLS = 10


@lru_cache(maxsize=100_000)
def read_path(text: str) -> Reading:
    """What a path reads; nothing but a path is right."""
    match = _PATH.fullmatch(text)
    return _reading([match]) if match else Reading(faults=(f"isn't a path: {text}",))


@lru_cache(maxsize=100_000)
def read_reference_path(text: str) -> Reading:
    """What a path to one place reads."""
    match = _PATH.fullmatch(text)
    if match and not _ONE.fullmatch(match["steps"]):
        return Reading(faults=(f"isn't a path to one place: {text}",))
    return read_path(text)


@lru_cache(maxsize=100_000)
def read_selector(text: str) -> Reading:
    """What the value of a field that ends in `.$` reads: a path, or an intrinsic function."""
    if not text.startswith("States."):
        return read_path(text)
    paths: list[re.Match[str]] = []
    faults: list[str] = []
    calls: list[tuple[str, list[str]]] = []
    place = number = 0
    while place == 0 or calls:
        token = _TOKEN.match(text, place)
        if token is None or (not calls and place):
            return Reading(faults=(f"isn't an intrinsic function from here: {text[place:]}",))
        place = token.end()
        if token["call"]:
            number += 1
            if calls:
                calls[-1][1].append(token["call"])
            calls.append((token["call"], []))
        elif token["end"] == ")":
            faults += _call_faults(*calls.pop())
        elif token["end"] is None:
            calls[-1][1].append(token["literal"] or token["path"])
            paths += [match for match in [_PATH.fullmatch(token["path"] or "")] if match]
    if place != len(text):
        faults.append(f"goes on after the function: {text[place:]}")
    if number > MOST_CALLS:
        faults.append(f"nests {number} functions, more than {MOST_CALLS}")
    found = _reading(paths)
    return Reading(variables=found.variables, states=found.states, faults=(*found.faults, *faults))


def _call_faults(name: str, arguments: Sequence[str]) -> list[str]:
    if name not in FUNCTIONS:
        return [f"calls {name}, and there is no such function"]
    fewest, most = FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        return [f"calls {name} with {len(arguments)} arguments"]
    if name == "States.Format" and arguments[0].startswith("'"):
        holes = len(re.findall(r"\{\}", re.sub(r"\\.", "", arguments[0])))
        return [f"fills {holes} {{}} with {len(arguments) - 1} values"] if holes != len(arguments) - 1 else []
    return []


def _reading(paths: Sequence[re.Match[str]]) -> Reading:
    roots = [match["root"] for match in paths]
    inner = [found["variable"] for match in paths for found in _INSIDE_FILTER.finditer(_filters(match["steps"]))]
    names = [*roots, *(name for name in inner if name)]
    return Reading(
        variables=frozenset(name[1:] for name in names if name not in ("$", "$$")),
        states=frozenset(("context", *_keys(match["steps"])) for match in paths if match["root"] == "$$"),
    )


def _filters(steps: str) -> str:
    return "".join(re.findall(_FILTER, steps))


def _keys(steps: str) -> tuple[str, ...]:
    return tuple(match["plain"] or match["quoted"][1:-1] for match in _KEYS.finditer(steps))
