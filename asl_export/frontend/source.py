"""Where in a DAG file a task, group or setting is written, found in the file's syntax tree.

Airflow doesn't remember the line of a task. An id given as an f-string or with a prefix is matched by its fixed parts.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from asl_export.diagnostics import Location

_ID_KEYWORDS = {"task_id", "group_id", "dag_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    pattern: re.Pattern[str]
    line: int
    keywords: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIndex:
    """The calls in a DAG file that name a task, a group or a DAG."""

    file: Path
    calls: tuple[_Call, ...]

    @classmethod
    def of(cls, file: Path) -> SourceIndex:
        """The index of a file; empty when it can't be read as Python (a zipped DAG, say)."""
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            return cls(file=file, calls=())
        calls = (_named_call(node) for node in ast.walk(tree) if isinstance(node, ast.Call | ast.FunctionDef))
        return cls(file=file, calls=tuple(call for call in calls if call))

    def line(self, label: str, field: str | None = None) -> int | None:
        """The line of a field of the call that names `label`, or else of the call itself."""
        best = self.call(label)
        return best.keywords.get(field or "", best.line) if best else None

    def call(self, label: str) -> _Call | None:
        """The call that names `label`, the one with the longest fixed text if patterns compete."""
        matching = [call for call in self.calls if call.pattern.fullmatch(label)]
        return max(matching, key=lambda call: len(call.pattern.pattern.replace(".+", "")), default=None)

    def fields(self, task_id: str) -> dict[str, int]:
        """The line of each argument of the call that names a task."""
        label = task_id.rsplit(".", 1)[-1]
        found = self.call(label)
        return dict(found.keywords) if found else {}

    def location(self, dag: str, *, task: str | None = None, field: str | None = None) -> Location:
        """A full location; `task` is the id with its groups, the source names the last part."""
        label = dag if task is None else task.rsplit(".", 1)[-1]
        return Location(dag=dag, task=task, field=field, file=self.file, line=self.line(label, field))


def _named_call(node: ast.Call | ast.FunctionDef) -> _Call | None:
    if isinstance(node, ast.FunctionDef):
        name = re.compile(re.escape(node.name))
        return _Call(pattern=name, line=node.lineno, keywords={}) if node.decorator_list else None
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    named = next((keywords[name] for name in _ID_KEYWORDS if name in keywords), node.args[0] if node.args else None)
    if named is None or (pattern := _pattern(named)) is None:
        return None
    lines = {name: value.lineno for name, value in keywords.items()}
    return _Call(pattern=pattern, line=node.lineno, keywords=lines)


def _pattern(node: ast.expr) -> re.Pattern[str] | None:
    match node:
        case ast.Constant(value=str() as text):
            return re.compile(re.escape(text))
        case ast.JoinedStr(values=values):
            parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in values]
            return re.compile("".join(parts))
        case _:
            return None
