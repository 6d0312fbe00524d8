"""One task read into a node of the graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.taskgroup import MappedTaskGroup

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.fields import FieldReader
from asl_export.frontend.mapping import Columns, literal_items
from asl_export.frontend.params import read_params
from asl_export.frontend.readers import READERS, OperatorReader
from asl_export.frontend.readers.batch import JobReading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.rules import rule_of
from asl_export.frontend.settings import BASE_OPERATOR, Treatment, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.templates import Scope
from asl_export.frontend.timing import check_times, retry_plan, seconds
from asl_export.ir.graph import JobNode, JoinNode, MapNode, Node, ParamSpec, Region


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReading:
    """The node of a task, None when there is an error, and all findings."""

    node: Node | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    """A task with one item's arguments; a task that isn't mapped has one variant."""

    task: Any
    index: int | None = None
    item: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReader:
    """Reads the tasks of one DAG; `groups` collects what differs between the items of each mapped group."""

    dag: DAG
    source: SourceIndex
    params: Mapping[str, ParamSpec]
    groups: dict[str, Columns] = field(default_factory=dict)

    def read(self, task: Any) -> TaskReading:
        """The node of a task and all to say about it."""
        where = self.source.location(self.dag.dag_id, task=task.task_id)
        operator = task.operator_class if isinstance(task, MappedOperator) else type(task)
        reader = READERS.get(operator)
        if reader is None:
            return TaskReading(node=None, diagnostics=(_unsupported(operator, where),))
        try:
            variants = _variants(task)
        except RefusalError as refusal:
            return TaskReading(node=None, diagnostics=(refusal.at(where),))
        first = variants[0].task
        found = [*self.settings(first, reader, where), *check_times(first, where)]
        if reader.read is None:
            join = JoinNode(id=task.task_id, name=first.label, location=where, **rule_of(task))
            return TaskReading(node=join, diagnostics=tuple(found))
        jobs: list[JobReading] = []
        for variant in variants:
            job, refusals = self.job(variant, reader, where)
            found.extend(refusal for refusal in refusals if refusal not in found)
            jobs.extend([job] if job else [])
        failed = any(item.is_error for item in found)
        return TaskReading(node=None if failed else self.node(task, first, jobs, where), diagnostics=tuple(found))

    def settings(self, task: Any, reader: OperatorReader, where: Location) -> Iterator[Diagnostic]:
        """What is to say about the settings of a task."""
        names = [*BASE_OPERATOR, *arguments(type(task))]
        values = {name: getattr(task, name, None) for name in dict.fromkeys(names)}
        for found in check_settings(values, {**BASE_OPERATOR, **reader.settings}, where):
            yield replace(found, location=self.field(where, found.location.field or ""))
        shared = {param.name: param for param in read_params(self.dag.params)}
        own = [param.name for param in read_params(task.params) if shared.get(param.name) != param]
        if own:
            yield Diagnostic(
                code=Code.UNSUPPORTED_SETTING,
                message=f"params of a single task ({', '.join(own)}) can't be exported",
                location=self.field(where, "params"),
                why="the execution's input is the same for all tasks",
                fix="give the DAG the params",
            )

    def job(
        self, variant: _Variant, reader: OperatorReader, where: Location
    ) -> tuple[JobReading | None, list[Diagnostic]]:
        """What one variant submits, or why it can't be exported."""
        task = variant.task
        scope = Scope(dag_id=self.dag.dag_id, task_id=task.task_id, params=self.params, map_index=variant.index)
        honoured = [name for name, setting in reader.settings.items() if setting.treatment is Treatment.HONOURED]
        reading = FieldReader(scope=scope, item=variant.item)
        templated = set(task.template_fields)
        fields = {name: reading.read(name, getattr(task, name, None), templated=name in templated) for name in honoured}
        if reading.refusals or reader.read is None:
            return None, [refusal.at(self.field(where, path)) for path, refusal in reading.refusals]
        try:
            return reader.read(fields), []
        except ValueError as error:
            return None, [_invalid(str(error), where)]

    def node(self, task: Any, first: Any, jobs: Sequence[JobReading], where: Location) -> Node:
        """The node of a task from what its variants submit; they differ in their requests only."""
        group = task.get_closest_mapped_task_group()
        mapped = isinstance(task, MappedOperator)
        columns = Columns(map=task.task_id)
        if group is not None:
            columns = self.groups.setdefault(group.node_id, Columns(map=group.node_id))
        job = JobNode(
            id=task.task_id,
            name=f"{first.label} item" if mapped else first.label,
            location=where,
            request=columns.general([job.request for job in jobs]) if mapped or group else jobs[0].request,
            wait=jobs[0].wait,
            retry=retry_plan(first),
            timeout=seconds(first.execution_timeout),
            comment=first.doc_md or first.doc,
            lines=self.source.fields(task.task_id),
            **rule_of(task),
        )
        if not mapped:
            return job
        return MapNode(
            id=task.task_id,
            name=first.label,
            location=where,
            items=columns.items(len(jobs)),
            count=len(jobs),
            region=Region(nodes=(job,), edges=()),
            max_concurrency=first.max_active_tis_per_dagrun or 0,
        )

    def mapped_group(self, group: MappedTaskGroup, region: Region) -> MapNode:
        """The node of a mapped task group; the smallest limit of its tasks limits the items."""
        count = len(literal_items(group._expand_input))
        columns = self.groups.get(group.node_id, Columns(map=group.node_id))
        limits = [limit for task in group.iter_tasks() if (limit := getattr(task, "max_active_tis_per_dagrun", None))]
        return MapNode(
            id=group.node_id,
            name=group.group_display_name or group.node_id.rsplit(".", 1)[-1],
            location=self.source.location(self.dag.dag_id, task=group.node_id),
            items=columns.items(count),
            count=count,
            region=region,
            max_concurrency=min(limits, default=0),
            comment=group.doc_md or group.tooltip or None,
        )

    def field(self, where: Location, name: str) -> Location:
        """The place of a field of the task at `where`, or of a part of it: `parameters['x']`."""
        place = self.source.location(self.dag.dag_id, task=where.task, field=name.split("[", 1)[0])
        return replace(place, field=name)


def arguments(operator: type) -> list[str]:
    """The names of an operator's own arguments; those of BaseOperator are in BASE_OPERATOR."""
    parameters = inspect.signature(operator).parameters.values()
    return [item.name for item in parameters if item.kind is not item.VAR_KEYWORD]


def _variants(task: Any) -> list[_Variant]:
    """A task as each of its items sees it.

    :raises RefusalError: for items that are only known in the run.
    """
    if isinstance(task, MappedOperator):
        items = literal_items(task._get_specified_expand_input())
        try:
            return [_Variant(task=task.unmap(item), index=index) for index, item in enumerate(items)]
        except (TypeError, ValueError) as error:
            raise RefusalError(
                Code.INVALID_VALUE, str(error), why="the operator refuses an item's arguments", fix="correct the item"
            ) from error
    group = task.get_closest_mapped_task_group()
    if group is None:
        return [_Variant(task=task)]
    items = literal_items(group._expand_input)
    return [_Variant(task=task, index=index, item=item) for index, item in enumerate(items)]


def _unsupported(operator: type, where: Location) -> Diagnostic:
    known = ", ".join(sorted(known.__name__ for known in READERS))
    return Diagnostic(
        code=Code.UNSUPPORTED_OPERATOR,
        message=f"{operator.__name__} can't be exported",
        location=where,
        why="Step Functions runs no Python of the DAG; the export knows what these operators do: " + known,
        fix="run the work as a Batch job (BatchJobOperator), or keep this DAG in Airflow",
    )


def _invalid(what: str, where: Location) -> Diagnostic:
    return Diagnostic(
        code=Code.INVALID_VALUE, message=what, location=where, why="SubmitJob wouldn't take it", fix="correct the value"
    )
