"""One task read into a node of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from airflow.sdk import DAG

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.readers import READERS, OperatorReader
from asl_export.frontend.settings import BASE_OPERATOR, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.templates import Scope, TemplateError, read_template, render_document
from asl_export.frontend.timing import check_times, retry_plan, seconds
from asl_export.ir.graph import JobNode, JoinNode, Node, ParamSpec
from asl_export.ir.values import Document, Literal, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReading:
    """The node of a task, None when there is an error, and all findings."""

    node: Node | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReader:
    """Reads the tasks of one DAG."""

    dag: DAG
    source: SourceIndex
    params: Mapping[str, ParamSpec]

    def read(self, task: Any) -> TaskReading:
        """The node of a task."""
        where = self.source.location(self.dag.dag_id, task=task.task_id)
        reader = READERS.get(type(task))
        if reader is None:
            return TaskReading(node=None, diagnostics=(unsupported(type(task), where),))
        diagnostics = [*self.settings(task, reader, where), *check_times(task, where)]
        if reader.read is None:
            return TaskReading(
                node=JoinNode(id=task.task_id, name=task.label, location=where), diagnostics=tuple(diagnostics)
            )
        attributes, refusals = self.attributes(task, reader, where)
        diagnostics.extend(refusals)
        node = None
        if not any(item.is_error for item in diagnostics):
            try:
                node = self.job(task, attributes, reader, where)
            except ValueError as error:
                diagnostics.append(invalid(str(error), where))
        return TaskReading(node=node, diagnostics=tuple(diagnostics))

    def settings(self, task: Any, reader: OperatorReader, where: Location) -> Iterator[Diagnostic]:
        """What is to say about the settings of a task."""
        values = {name: value for name, value in vars(task).items() if name in BASE_OPERATOR or name[0] != "_"}
        for found in check_settings(values, {**BASE_OPERATOR, **reader.settings}, where):
            yield replace(found, location=self.field(where, found.location.field or ""))

    def attributes(
        self, task: Any, reader: OperatorReader, where: Location
    ) -> tuple[dict[str, Document], list[Diagnostic]]:
        """The operator's own attributes as documents, and what can't be one."""
        scope = Scope(dag_id=self.dag.dag_id, task_id=task.task_id, params=self.params)
        documents: dict[str, Document] = {}
        refusals: list[Diagnostic] = []
        for name in reader.settings:
            value = getattr(task, name, None)
            templated = name in task.template_fields
            try:
                documents[name] = render_document(value, partial(_text, scope=scope) if templated else _as_it_is)
            except TemplateError as refusal:
                refusals.append(template_refused(refusal, self.field(where, name)))
        return documents, refusals

    def job(self, task: Any, attributes: Mapping[str, Document], reader: OperatorReader, where: Location) -> JobNode:
        """The node of a task that runs a job."""
        assert reader.read is not None  # noqa: S101 - told apart by the caller
        reading = reader.read(attributes)
        return JobNode(
            id=task.task_id,
            name=task.label,
            location=where,
            request=reading.request,
            wait=reading.wait,
            retry=retry_plan(task),
            timeout=seconds(task.execution_timeout),
            comment=task.doc_md or task.doc,
        )

    def field(self, where: Location, name: str) -> Location:
        """The place of a field of the task at `where`."""
        return self.source.location(self.dag.dag_id, task=where.task, field=name)


def _text(text: str, *, scope: Scope) -> Value:
    return read_template(text, scope)


def _as_it_is(text: str) -> Value:
    return Literal(value=text)


def unsupported(operator: type, where: Location) -> Diagnostic:
    """The refusal of a task whose operator has no reader."""
    known = ", ".join(sorted(known.__name__ for known in READERS))
    return Diagnostic(
        code=Code.UNSUPPORTED_OPERATOR,
        message=f"{operator.__name__} can't be exported",
        location=where,
        why="Step Functions runs no Python of the DAG; the export knows what these operators do: " + known,
        fix="run the work as a Batch job (BatchJobOperator), or keep this DAG in Airflow",
    )


def template_refused(refusal: TemplateError, where: Location) -> Diagnostic:
    """The refusal of a template, with its place in the text."""
    place = f"line {refusal.line}, column {refusal.column}" if refusal.line > 1 else f"column {refusal.column}"
    return Diagnostic(
        code=Code.TEMPLATE,
        message=f"{refusal.what} ({place} of the template)",
        location=where,
        why=refusal.why,
        fix=refusal.fix,
    )


def invalid(what: str, where: Location) -> Diagnostic:
    """The refusal of a value that no request can hold."""
    return Diagnostic(
        code=Code.INVALID_VALUE,
        message=what,
        location=where,
        why="SubmitJob wouldn't take it",
        fix="correct the value",
    )
