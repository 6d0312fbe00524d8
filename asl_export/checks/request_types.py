"""What a task sends has the fields and the types of the service's API, as boto3 checks it in Airflow.

What is only known in the run is taken for right, unless it is known to be of another type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from asl_export.checks.api import SUBMIT_JOB, Operation, Shape, operation_of
from asl_export.checks.requests import each_of, known_items
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import CallNode, FlowGraph, JobNode, TaskNode, tasks_of
from asl_export.ir.values import VALUE_TYPES, Document, Item, Key, Kind, ListOf, Literal, ObjectOf, kind_of

# A message or an input may be any JSON: Step Functions writes its text.
_JSON_TEXTS = {("SendMessage", "MessageBody"), ("Publish", "Message"), ("StartExecution", "input")}
# Whose checks tell a wrong type too: `job_name`, `array_size`, `job_retries`, `job_timeout`.
_TOLD = {
    ("jobName",),
    ("arrayProperties", "size"),
    ("retryStrategy", "attempts"),
    ("timeout", "attemptDurationSeconds"),
}
_TAKEN = {
    Kind.TEXT: {Kind.TEXT, Kind.DATE},
    Kind.INTEGER: {Kind.INTEGER, Kind.NUMBER},
    Kind.NUMBER: {Kind.INTEGER, Kind.NUMBER, Kind.FLOAT},
    Kind.BOOLEAN: {Kind.BOOLEAN},
    Kind.LIST: {Kind.LIST},
    Kind.OBJECT: {Kind.OBJECT},
}
_WORDS = {
    Kind.TEXT: "a text",
    Kind.DATE: "a text",
    Kind.INTEGER: "a whole number",
    Kind.FLOAT: "a fraction",
    Kind.LIST: "a list",
    Kind.OBJECT: "a mapping",
    Kind.NUMBER: "a number",
    Kind.BOOLEAN: "a boolean",
}

Path = tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong in a request, where, and what to do."""

    path: Path
    what: str
    why: str
    fix: str


def check_request_types(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each field of a request that the service doesn't have, or not of that type."""
    items = known_items(graph)
    for task in tasks_of(graph.region):
        match task:
            case JobNode(request=request):
                yield from _of_task(task, SUBMIT_JOB, request, items)
            case CallNode(resource=resource, arguments=arguments):
                yield from _of_task(task, resource, arguments, items)


def _of_task(
    task: TaskNode, resource: str, document: Document, items: Mapping[str, Sequence[Document]]
) -> Iterator[Diagnostic]:
    operation = operation_of(resource)
    if operation is None:
        return
    for fault in _Walk(operation=operation, items=items).faults((), operation.input, document):
        if fault.path not in _TOLD:
            field, place = _places(task, fault.path)
            yield Diagnostic(
                code=Code.INVALID_VALUE,
                message=f"{place} {fault.what}",
                location=replace(task.field(field), field=place),
                why=fault.why,
                fix=fault.fix,
            )


def _places(task: TaskNode, path: Path) -> tuple[str, str]:
    """The operator's argument that gives a field of a request, and the way to the field from there."""
    name = str(path[0]) if path else ""
    fields = task.fields if isinstance(task, CallNode) else {}
    argument = fields.get(name[:1].upper() + name[1:]) or re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    holds_all = list(fields.values()).count(argument) > 1
    return argument, argument + "".join(f"[{key!r}]" for key in (path if holds_all else path[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """A request beside the operation's input."""

    operation: Operation
    items: Mapping[str, Sequence[Document]]

    def faults(self, path: Path, name: str, document: Document) -> Iterator[Fault]:
        """What is wrong in a document, where a shape of this name is wanted."""
        shape = self.operation.shape(name)
        match document:
            case Item(map=mapped) if mapped in self.items:
                found = (list(self.faults(path, name, each)) for each in each_of(document, self.items))
                yield from next(filter(None, found), [])
            case Literal(value=value):
                yield from self.known(path, shape, value)
            case ListOf(items=values):
                yield from self.known(path, shape, list(values))
            case ObjectOf(items=entries):
                yield from self.known(path, shape, dict(entries))
            case _ if isinstance(document, VALUE_TYPES):
                yield from self.of_run(path, shape, kind_of(document))
            case _:
                yield from self.known(path, shape, document)

    def known(self, path: Path, shape: Shape, value: Any) -> Iterator[Fault]:
        """What is wrong in a value whose type is known, and that may have values in it."""
        kind = kind_of(Literal(value=value))
        if not self.takes(path, shape, kind) or (value is None and not self.is_free(path, shape)):
            shown = _WORDS[kind] if kind in (Kind.LIST, Kind.OBJECT) else repr(value)
            text = shape.kind is Kind.TEXT and kind in (Kind.INTEGER, Kind.FLOAT)
            fix = "leave it out" if value is None else f"write {str(value)!r}" if text else "correct the value"
            yield self.wrong_type(path, shape, shown, fix)
        elif isinstance(value, Mapping) and shape.fields is not None:
            yield from self.of_fields(path, shape.fields, shape.required, value)
        elif isinstance(value, Mapping) and shape.inner:
            for key, inner in value.items():
                yield from self.faults((*path, key), shape.inner, inner)
        elif isinstance(value, list) and shape.inner:
            for index, inner in enumerate(value):
                yield from self.faults((*path, index), shape.inner, inner)

    def of_run(self, path: Path, shape: Shape, kind: Kind) -> Iterator[Fault]:
        """What is wrong in a value of which no more than the type is known."""
        if not self.takes(path, shape, kind):
            fix = "give it as it is: a template makes a text" if kind is Kind.TEXT else "give it as a template"
            yield self.wrong_type(path, shape, _WORDS[kind], fix)

    def takes(self, path: Path, shape: Shape, kind: Kind) -> bool:
        """Whether a type may be right."""
        return self.is_free(path, shape) or kind is Kind.ANY or kind in _TAKEN[shape.kind]

    def is_free(self, path: Path, shape: Shape) -> bool:
        """Whether any JSON is taken."""
        return shape.kind is Kind.ANY or (self.operation.name, *path) in _JSON_TEXTS

    def wrong_type(self, path: Path, shape: Shape, given: str, fix: str) -> Fault:
        """The fault of a value of another type."""
        wanted = _WORDS.get(shape.kind, "a value")
        why = f"{self.operation.name} takes {wanted} there, and Airflow fails with anything else"
        return Fault(path=path, what=f"must be {wanted}, not {given}", why=why, fix=fix)

    def of_fields(
        self, path: Path, fields: Mapping[str, Any], required: Sequence[str], given: Mapping[str, Document]
    ) -> Iterator[Fault]:
        """What is wrong in a mapping whose names are the API's."""
        own = {field.name for field in fields.values()}
        for name, inner in given.items():
            if name in fields:
                yield from self.faults((*path, fields[name].name), fields[name].shape, inner)
                continue
            # As the DAG has it, where the export has put a capital.
            written = name if any(each[:1].isupper() for each in own) else name[:1].lower() + name[1:]
            near = get_close_matches(written, own, n=1)
            yield Fault(
                path=(*path, written),
                what=f"isn't a field of {self.operation.name}",
                why="AWS refuses unknown fields, and Airflow fails with them",
                fix=f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(sorted(own))}",
            )
        for name in required:
            # A name with an error may be the one that is missing.
            if name not in given and path and given.keys() <= fields.keys():
                yield Fault(
                    path=path,
                    what=f"needs {fields[name].name!r}",
                    why=f"{self.operation.name} takes it with that only, and Airflow fails without",
                    fix="add it",
                )
