"""Where in a DAG file a task, group or setting is written, found in the file's syntax tree.

Airflow doesn't remember the line of a task. An id given as an f-string or with a prefix is matched by its fixed parts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from asl_export.diagnostics import Location

_ID_KEYWORDS = {"task_id", "group_id", "dag_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    line: int
    keywords: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """The text of an f-string, and how much of it is fixed."""

    text: re.Pattern[str]
    fixed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIndex:
    """The calls in a DAG file that name a task, a group or a DAG: by their text, or by the fixed parts of it.

    A large DAG has a call for each task, or a few in a loop: texts are looked up, and only patterns are tried.
    `unnamed` are the calls whose id is worked out: a single one makes every task that isn't found otherwise.
    """

    file: Path
    texts: Mapping[str, _Call]
    patterns: Mapping[_Pattern, _Call]
    unnamed: tuple[_Call, ...] = ()

    @classmethod
    def of(cls, file: Path) -> SourceIndex:
        """The index of a file; empty when it can't be read as Python (a zipped DAG, say)."""
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            return cls(file=file, texts={}, patterns={})
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.FunctionDef)]
        found = [(name, call) for name, call in map(_named_call, nodes) if name is not None]
        return cls(
            file=file,
            texts={name: call for name, call in reversed(found) if isinstance(name, str)},
            patterns={name: call for name, call in found if isinstance(name, _Pattern)},
            unnamed=tuple(_named_call(node)[1] for node in nodes if _is_unnamed(node)),
        )

    def call(self, label: str) -> _Call | None:
        """The call that names `label`, the one with the longest fixed text if patterns compete."""
        if label in self.texts:
            return self.texts[label]
        matching = [pattern for pattern in self.patterns if pattern.text.fullmatch(label)]
        best = max(matching, key=lambda pattern: pattern.fixed, default=None)
        return self.patterns[best] if best else None

    def task(self, label: str) -> _Call | None:
        """The call that makes a task or group."""
        only = self.unnamed[0] if len(self.unnamed) == 1 else None
        return self.call(label) or only

    def fields(self, task_id: str) -> dict[str, int]:
        """The line of each argument of the call that names a task."""
        found = self.task(task_id.rsplit(".", 1)[-1])
        return dict(found.keywords) if found else {}

    def location(self, dag: str, *, task: str | None = None, field: str | None = None) -> Location:
        """A full location; `task` is the id with its groups, the source names the last part."""
        found = self.call(dag) if task is None else self.task(task.rsplit(".", 1)[-1])
        line = found.keywords.get(field or "", found.line) if found else None
        return Location(dag=dag, task=task, field=field, file=self.file, line=line)


def _named_call(node: ast.Call | ast.FunctionDef) -> tuple[str | _Pattern | None, _Call]:
    if isinstance(node, ast.FunctionDef):
        return node.name if node.decorator_list else None, _Call(line=node.lineno, keywords={})
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    named = next((keywords[name] for name in _ID_KEYWORDS if name in keywords), node.args[0] if node.args else None)
    lines = {name: value.lineno for name, value in keywords.items()}
    return _name(named), _Call(line=node.lineno, keywords=lines)


def _is_unnamed(node: ast.Call | ast.FunctionDef) -> bool:
    """Whether a call makes a task or a group with an id that is worked out."""
    if isinstance(node, ast.FunctionDef):
        return False
    given = [keyword.value for keyword in node.keywords if keyword.arg in ("task_id", "group_id")]
    callee = node.func.id if isinstance(node.func, ast.Name) else ""
    if not given and callee.endswith(_GROUPS):
        given = node.args[:1]
    return any(_name(value) is None for value in given)


_GROUPS = ("Group", "Branches", "Graph")


def _name(node: ast.expr | None) -> str | _Pattern | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            fixed = [str(part.value) if isinstance(part, ast.Constant) else None for part in values]
            text = "".join(".+" if part is None else re.escape(part) for part in fixed)
            return _Pattern(text=re.compile(text), fixed=sum(len(part or "") for part in fixed))
        case _:
            return None
