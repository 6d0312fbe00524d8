"""JSONPath: selecting with any path, and placing a value with a reference path.

`$.…` reads the data at hand, `$$.…` the context object, `$name…` a variable. A definite path (names and indexes only)
gives one value or fails; any other gives a list, which may be empty.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from typing import Any

# moto brings this JSONPath library and reads the same paths with it.
from moto.stepfunctions.parser.asl.utils.json_path import parse as parse_json_path

from local_aws.stepfunctions.errors import RESULT_PATH, RUNTIME, StatesError
from local_aws.stepfunctions.language.scope import Scope

Step = str | int

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]()*?@,:'\"\s]+)|\[(?P<index>-?\d+)\]|\[(?P<quote>['\"])(?P<quoted>(?:\\.|(?!(?P=quote)).)+)(?P=quote)\]"
)
_ROOT = re.compile(r"\$\$|\$[^\W\d]\w*|\$")


def select(path: str, scope: Scope, data: Any, *, field: str) -> Any:
    """A copy of what the path selects, `$` being `data`.

    :raises StatesError: States.Runtime when there is no such thing, or the path is none. AWS says so in Parameters too,
        where its list of errors has States.ParameterPathFailure: https://000047.awsstudygroup.com/3-serviceorchestration/
    """
    root = _ROOT.match(path)
    if root is None:
        raise StatesError(RUNTIME, f"Invalid path '{path}' for the field '{field}': a path starts with $")
    name, rest = root.group(), path[root.end() :]
    if name == "$$":
        start = scope.context
    elif name == "$":
        start = data
    elif name[1:] in scope.variables:
        start = scope.variables[name[1:]]
    else:
        raise StatesError(RUNTIME, f"The variable '{name}' used in the field '{field}' has no value")
    return copy.deepcopy(_walk(path, rest, start, field))


def _walk(path: str, rest: str, start: Any, field: str) -> Any:
    steps = definite_steps(rest)
    if steps is None:
        return [match.value for match in _parsed("$" + rest).find(start)]
    value = start
    for step in steps:
        try:
            value = value[step] if isinstance(step, str) == isinstance(value, dict) else _missing(step)
        except (KeyError, IndexError, TypeError):
            shown = json.dumps(start, default=str)
            raise StatesError(
                RUNTIME,
                f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{shown}'",
            ) from None
    return value


def _missing(step: Step) -> Any:
    raise KeyError(step)


@functools.lru_cache(maxsize=4096)
def definite_steps(rest: str) -> tuple[Step, ...] | None:
    """The names and indexes of a path after its root, or None for a path that may select several things."""
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            return None
        if found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["quoted"] is not None:
            # Of its own quotation mark and of itself only: AWS reads the backslash of \" in '…' as one.
            steps.append(re.sub(rf"\\([{found['quote']}\\])", r"\1", found["quoted"]))
        else:
            steps.append(found["name"])
        at = found.end()
    return tuple(steps)


@functools.lru_cache(maxsize=1024)
def _parsed(path: str) -> Any:
    try:
        return parse_json_path(path)
    except Exception as error:
        raise StatesError(RUNTIME, f"Invalid path '{path}': {error}") from error


def path_fault(path: str) -> str | None:
    """Why a text is no JSONPath, or None."""
    root = _ROOT.match(path)
    if root is None:
        return f"Value is not a valid JSONPath: {path}"
    rest = path[root.end() :]
    if definite_steps(rest) is not None:
        return None
    try:
        parse_json_path("$" + rest)
    except Exception:
        return f"Value is not a valid JSONPath: {path}"
    return None


def is_reference(path: str) -> bool:
    """Whether a ResultPath is a reference path: `$` with names and indexes."""
    return path.startswith("$") and not path.startswith("$$") and definite_steps(path[1:]) is not None


def place(path: str, data: Any, value: Any) -> Any:
    """A copy of `data` with `value` at the reference path, objects made on the way.

    :raises StatesError: States.ResultPathMatchFailure when something else is in the way.
    """
    steps = definite_steps(path[1:]) or ()
    if not steps:
        return value
    result = copy.deepcopy(data)
    holder: Any = result
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        if isinstance(step, str) != isinstance(holder, dict) or not isinstance(holder, dict | list):
            raise StatesError(RESULT_PATH, f"Unable to apply ReferencePath {path} to input {json.dumps(data)}")
        if isinstance(step, int) and not -len(holder) <= step < len(holder):
            raise StatesError(RESULT_PATH, f"Unable to apply ReferencePath {path} to input {json.dumps(data)}")
        if following is None:
            holder[step] = value  # type: ignore[index]  # the check above matched step and holder
        else:
            holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[step]  # type: ignore[index]  # as above
    return result
