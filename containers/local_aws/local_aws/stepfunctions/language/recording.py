"""Writes down every JSONata expression that is evaluated, so that another implementation can evaluate it too."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_aws.stepfunctions.language.scope import UNSET, Scope

_PARTS = ("input", "context", "result", "errorOutput")
_WHOLE = re.compile(rf"\$states(?!\s*\.\s*(?:{'|'.join(_PARTS)})\b)")


class ExpressionRecorder:
    """Appends to a file, one JSON object a line: `expression`, `bindings`, and `result` or `error`.

    Bindings are what the expression's text names, of `$states` and of the variables. An expression with the same
    bindings is written once, however often it is evaluated. Not for several threads.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._seen: set[bytes] = set()

    def returned(self, expression: str, scope: Scope, result: Any) -> None:
        """Note what an expression came to."""
        self._write(expression, scope, {"result": result})

    def failed(self, expression: str, scope: Scope, cause: str) -> None:
        """Note that an expression failed, or has no JSON value."""
        self._write(expression, scope, {"error": cause})

    def _write(self, expression: str, scope: Scope, outcome: Mapping[str, Any]) -> None:
        text = json.dumps({"expression": expression, "bindings": named_bindings(expression, scope)})
        digest = hashlib.sha256(text.encode()).digest()
        if digest not in self._seen:
            self._seen.add(digest)
            self._file.write(f"{text[:-1]}, {json.dumps(outcome)[1:]}\n")


def named_bindings(expression: str, scope: Scope) -> dict[str, Any]:
    """The variables and parts of `$states` whose names occur in the expression's text."""
    found = {name: value for name, value in scope.variables.items() if f"${name}" in expression}
    given = {
        "input": scope.input,
        "context": scope.context,
        "result": scope.result,
        "errorOutput": scope.error,
    }
    whole = _WHOLE.search(expression) is not None
    named = [part for part in _PARTS if whole or re.search(rf"\$states\s*\.\s*{part}\b", expression)]
    if states := {part: given[part] for part in named if given[part] is not UNSET}:
        found["states"] = states
    return found
