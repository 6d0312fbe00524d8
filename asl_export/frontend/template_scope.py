"""What a template of a task may name, and what the readers of its parts ask of each other."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from jinja2 import nodes

from asl_export.frontend.refusal import RefusalError
from asl_export.ir.graph import ParamSpec
from asl_export.ir.values import TaskResult, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a template of a task may name.

    `map_index` is that of a mapped task whose items are known, `in_dynamic_map` says that it is only known in the run.
    `in_json`: the text is read as JSON, so of a JSON text only counts what it says. `outputs` says what tasks return,
    by id; `upstream` holds the ids of those that have ended when this one starts.
    """

    dag_id: str
    task_id: str
    params: Mapping[str, ParamSpec]
    map_index: int | None = None
    in_dynamic_map: bool = False
    in_json: bool = False
    outputs: Mapping[str, TaskResult] = field(default_factory=dict)
    upstream: Container[str] = frozenset()


class Expressions(Protocol):
    """Reads the expressions of one template."""

    @property
    def scope(self) -> Scope:
        """What the template may name."""

    def value(self, node: nodes.Node) -> Value:
        """The value of an expression."""

    def called(self, node: nodes.Call) -> Value:
        """What a call gives, of which a part will be taken."""

    def source(self, node: nodes.Node) -> str:
        """A name with its keys as a person would write it."""

    def refuse(self, node: nodes.Node, what: str, *, why: str = "", fix: str = "") -> RefusalError:
        """The refusal of an expression, with its place."""
