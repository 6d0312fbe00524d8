"""A field of an operator as a document: templates, results of other tasks and items of a map as values."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk.definitions._internal.expandinput import MappedArgument
from airflow.sdk.definitions._internal.mixins import ResolveMixin
from airflow.sdk.definitions._internal.templater import LiteralValue
from airflow.sdk.definitions.xcom_arg import XComArg

from airstep.items import S3Csv, S3JsonLines, S3Objects
from asl_export.diagnostics import Code
from asl_export.frontend.json_values import checked_number, checked_text
from asl_export.frontend.mapping import ItemArgument
from asl_export.frontend.outputs import read_xcom_arg
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.templates import Scope, read_template
from asl_export.ir.values import Document, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReader:
    """Reads the fields of a task; `item` holds the arguments of a mapped group's item.

    `json_texts` are fields whose text the machine reads as JSON. `refusals` collects what can't be a value, each with
    the path to it: `parameters['x']`.
    """

    scope: Scope
    item: Mapping[str, Any] | None
    json_texts: Container[str] = ()
    refusals: list[tuple[str, RefusalError]] = field(default_factory=list)

    def read(self, name: str, value: Any, *, templated: bool) -> Document:
        """The document of a field's value."""
        return self._read(name, value, templated)

    def given(self, value: Any) -> Any:
        """A value as the DAG has it, for the item that is read."""
        return self.item[value._key] if isinstance(value, MappedArgument) and self.item is not None else value

    def _read(self, path: str, value: Any, templated: bool) -> Document:
        match value:
            case Mapping():
                return {
                    self._key(f"{path}[{key!r}]", key): self._read(f"{path}[{key!r}]", inner, templated)
                    for key, inner in value.items()
                }
            case S3Objects() | S3JsonLines() | S3Csv():
                fields = {name: inner for name, inner in value._asdict().items() if inner is not None}
                return {type(value).__name__: self._read(path, fields, templated)}
            case list() | tuple():
                return [self._read(f"{path}[{index}]", inner, templated) for index, inner in enumerate(value)]
            case LiteralValue():
                return self._read(path, value.value, False)
            case MappedArgument() if self.item is not None:
                # Airflow doesn't render what a mapped group hands to its tasks.
                return self._read(path, self.item[value._key], False)
        try:
            scope = replace(self.scope, in_json=True) if path in self.json_texts else self.scope
            return self._leaf(value, templated, scope)
        except RefusalError as refusal:
            self.refusals.append((path, refusal))
            return None

    def _key(self, path: str, key: Any) -> str:
        try:
            return checked_text(str(key))
        except RefusalError as refusal:
            self.refusals.append((path, refusal))
            return ""

    def _leaf(self, value: Any, templated: bool, scope: Scope) -> Document:
        match value:
            case None:
                return None
            case str():
                checked_text(value)
                return read_template(value, scope) if templated else Literal(value=value)
            case bool() | int() | float():
                return Literal(value=checked_number(value))
            case ItemArgument():
                return value.value
            case XComArg():
                return read_xcom_arg(value, scope)
            case _:
                raise _no_value(value)


def _no_value(value: Any) -> RefusalError:
    if isinstance(value, ResolveMixin):
        return RefusalError(
            Code.XCOM,
            f"{type(value).__name__} can't be exported",
            why="it is worked out by Airflow in the run",
            fix="hand data on in S3",
        )
    return RefusalError(
        Code.INVALID_VALUE,
        f"a value of the type {type(value).__name__} can't be part of a request",
        why="requests are JSON: text, numbers, booleans, lists and mappings",
        fix="give one of those",
    )
