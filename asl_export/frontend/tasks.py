"""One task read into a node of the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.taskgroup import MappedTaskGroup

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.fields import FieldReader
from asl_export.frontend.mapping import Columns, DynamicItems, items_of
from asl_export.frontend.nodes import node_of
from asl_export.frontend.operators import arguments, attributes_of, operator_of
from asl_export.frontend.outputs import Outputs, Upstream
from asl_export.frontend.params import read_params
from asl_export.frontend.readers import READERS
from asl_export.frontend.readers.reading import OperatorReader, Reading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.rules import rule_of, setups_of
from asl_export.frontend.settings import BASE_OPERATOR, Treatment, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.timing import check_times
from asl_export.frontend.unsupported import unsupported
from asl_export.frontend.variants import Variant, items_for, variants_of
from asl_export.ir.graph import JoinNode, MapNode, Node, ParamSpec, Region, tasks_of
from asl_export.ir.values import Document, TaskResult


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReading:
    """The node of a task, None when there is an error, and all findings."""

    node: Node | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReader:
    """Reads the tasks of one DAG; `groups` collects what differs between the items of each mapped group."""

    dag: DAG
    source: SourceIndex
    params: Mapping[str, ParamSpec]
    results: Mapping[str, TaskResult]
    map_of: Mapping[str, str | None]
    mapped: frozenset[str]
    setups: frozenset[str]
    groups: dict[str, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, dag: DAG, source: SourceIndex, params: Mapping[str, ParamSpec]) -> TaskReader:
        """The reader of a DAG's tasks."""
        results: dict[str, TaskResult] = {}
        map_of: dict[str, str | None] = {}
        for task in dag.tasks:
            group = task.get_closest_mapped_task_group()
            map_of[task.task_id] = group.node_id if group else None
            reader = READERS.get(operator_of(task))
            settings = attributes_of(task)
            if reader is not None and (result := reader.result(settings)) is not None:
                results[task.task_id] = replace(result, pushed=settings.get("do_xcom_push", True) is True)
        mapped = frozenset(task.task_id for task in dag.tasks if isinstance(task, MappedOperator))
        return cls(
            dag=dag, source=source, params=params, results=results, map_of=map_of, mapped=mapped, setups=setups_of(dag)
        )

    def read(self, task: Any) -> TaskReading:
        """The node of a task and all to say about it."""
        where = self.source.location(self.dag.dag_id, task=task.task_id)
        reader = READERS.get(operator_of(task))
        if reader is None:
            return TaskReading(node=None, diagnostics=(unsupported(operator_of(task), where),))
        try:
            items = items_for(task)
            if reader.single and isinstance(task, MappedOperator):
                raise _not_alone(operator_of(task), reader.single)
            variants = variants_of(task, items)
        except RefusalError as refusal:
            return TaskReading(node=None, diagnostics=(refusal.at(self.field(where, refusal.field)),))
        first = variants[0].task
        found = self.told([variant.task for variant in variants], reader, where)
        if reader.read is None:
            join = JoinNode(
                id=task.task_id, name=first.label, location=where, **rule_of(task, items, setups=self.setups)
            )
            return TaskReading(node=join, diagnostics=tuple(found))
        readings: list[Reading] = []
        for variant in variants:
            reading, refusals = self.reading(variant, reader, where)
            found.extend(refusal for refusal in refusals if refusal not in found)
            readings.extend([reading] if reading else [])
        if any(item.is_error for item in found):
            return TaskReading(node=None, diagnostics=tuple(found))
        try:
            node = self.node(task, first, readings, items, where)
        except RefusalError as refusal:
            return TaskReading(node=None, diagnostics=(*found, refusal.at(self.field(where, refusal.field))))
        return TaskReading(node=node, diagnostics=tuple(found))

    def told(self, items: Sequence[Any], reader: OperatorReader, where: Location) -> list[Diagnostic]:
        """What is to say about the settings of a task, each once, whichever of its items has them."""
        found: dict[Diagnostic, None] = {}
        for task in {id(item): item for item in items}.values():
            found.update(dict.fromkeys(self.settings(task, reader, where)))
            found.update(dict.fromkeys(check_times(task, where)))
            found.update(dict.fromkeys(self.named(said, where) for said in reader.check(task, where)))
        return list(found)

    def settings(self, task: Any, reader: OperatorReader, where: Location) -> Iterator[Diagnostic]:
        """What is to say about the settings of a task."""
        names = [*BASE_OPERATOR, *arguments(task.__class__)]
        values = {name: getattr(task, name, None) for name in dict.fromkeys(names)}
        if not _starts_later(task, self.dag):
            del values["start_date"]
        for found in check_settings(values, {**BASE_OPERATOR, **reader.settings}, where):
            yield self.of_all(found, values) or self.named(found, where)
        most = task.max_active_tis_per_dagrun
        if most is not None and most < 1:
            yield Diagnostic(
                code=Code.INVALID_VALUE,
                message=f"max_active_tis_per_dagrun={most} lets no instance run",
                location=self.field(where, "max_active_tis_per_dagrun"),
                why="Airflow would wait for ever",
                fix="give 1 or more, or leave it out",
            )
        own = [param.name for param in read_params(task.params) if self.params.get(param.name) != param]
        if own:
            yield Diagnostic(
                code=Code.UNSUPPORTED_SETTING,
                message=f"params of a single task ({', '.join(map(str, own))}) can't be exported",
                location=self.field(where, "params"),
                why="the execution's input is the same for all tasks",
                fix="give the DAG the params",
            )

    def of_all(self, found: Diagnostic, values: Mapping[str, Any]) -> Diagnostic | None:
        """A warning about what the DAG gives all of its tasks, as one about the DAG."""
        field = found.location.field or ""
        given = self.dag.default_args
        if found.is_error or field not in given or given[field] != values.get(field):
            return None
        return replace(found, location=self.source.location(self.dag.dag_id, field="default_args"))

    def reading(
        self, variant: Variant, reader: OperatorReader, where: Location
    ) -> tuple[Reading | None, list[Diagnostic]]:
        """What one variant does, or why it can't be exported."""
        task = variant.task
        scope = self.scope(task, index=variant.index, dynamic=variant.dynamic)
        fields = FieldReader(scope=scope, item=variant.item, json_texts=reader.json_texts)
        templated = set(task.template_fields)
        attributes: dict[str, Any] = {
            name: fields.given(getattr(task, name, None))
            if name in reader.raw
            else fields.read(name, getattr(task, name, None), templated=name in templated)
            for name, setting in reader.settings.items()
            if setting.treatment is Treatment.HONOURED
        }
        if fields.refusals or reader.read is None:
            return None, [refusal.at(self.field(where, path)) for path, refusal in fields.refusals]
        try:
            return reader.read(attributes, scope), []
        except RefusalError as refusal:
            return None, [refusal.at(self.field(where, refusal.field))]
        except ValueError as error:
            return None, [_invalid(str(error), reader.request, where)]

    def scope(self, task: Any, *, index: int | None = None, dynamic: bool = False) -> Scope:
        """What templates of a task may name."""
        return Scope(
            dag_id=self.dag.dag_id,
            task_id=task.task_id,
            params=self.params,
            map_index=index,
            in_dynamic_map=dynamic,
            outputs=Outputs(results=self.results, groups=self.map_of, mapped=self.mapped, reader=task.task_id),
            upstream=Upstream(task=self.dag.get_task(task.task_id)),
        )

    def node(
        self,
        task: Any,
        first: Any,
        readings: Sequence[Reading],
        items: Sequence[Mapping[str, Any]] | DynamicItems | None,
        where: Location,
    ) -> Node:
        """The node of a task from what its variants do; they differ in their documents only."""
        group = task.get_closest_mapped_task_group()
        mapped = isinstance(task, MappedOperator)
        columns = Columns(map=task.task_id)
        if group is not None:
            columns = self.groups.setdefault(group.node_id, Columns(map=group.node_id))
        node = node_of(
            readings,
            columns,
            task=first,
            dag_task=self.dag.get_task(task.task_id),
            id=task.task_id,
            name=f"{first.label} item" if mapped else first.label,
            location=where,
            comment=first.doc_md or first.doc,
            lines=self.source.fields(task.task_id),
            **rule_of(task, items, setups=self.setups),
        )
        if not mapped or items is None:
            return node
        return MapNode(
            id=task.task_id,
            name=first.label,
            location=where,
            items=self.map_items(task, items, columns),
            count=None if isinstance(items, DynamicItems) else len(items),
            region=Region(nodes=(node,), edges=()),
            max_concurrency=task.max_active_tis_per_dagrun or 0,
        )

    def map_items(self, task: Any, items: Sequence[Mapping[str, Any]] | DynamicItems, columns: Columns) -> Document:
        """The items of a map, read as a task that gives them would be.

        :raises RefusalError: for values that can't be exported.
        """
        if not isinstance(items, DynamicItems):
            return columns.items(len(items))
        fields = FieldReader(scope=self.scope(task), item=None)
        templated = set(task.template_fields)
        found = items.items(lambda name, given: fields.read(name, given, templated=name in templated))
        for path, refusal in fields.refusals:
            refusal.field = path
            raise refusal
        return found

    def mapped_group(self, group: MappedTaskGroup, region: Region) -> MapNode:
        """The node of a mapped task group; the smallest limit of its tasks limits the items.

        Not one of a task that does nothing: Airflow runs no instance of it.
        """
        items = items_of(group._expand_input)
        columns = self.groups.get(group.node_id, Columns(map=group.node_id))
        tasks = list(group.iter_tasks())
        working = {node.id for node in tasks_of(region) if not isinstance(node, JoinNode)}
        given = (getattr(task, "max_active_tis_per_dagrun", None) for task in tasks if task.task_id in working)
        limits = [limit for limit in given if limit]
        return MapNode(
            id=group.node_id,
            name=group.group_display_name or group.node_id.rsplit(".", 1)[-1],
            location=self.source.location(self.dag.dag_id, task=group.node_id),
            items=self.map_items(tasks[0], items, columns),
            count=None if isinstance(items, DynamicItems) else len(items),
            region=region,
            max_concurrency=min(limits, default=0),
            comment=group.doc_md or group.tooltip or None,
        )

    def named(self, found: Diagnostic, where: Location) -> Diagnostic:
        """A diagnostic at the line of the field that it names."""
        field = found.location.field
        return replace(found, location=self.field(where, field)) if field else found

    def field(self, where: Location, name: str) -> Location:
        """The place of a field of the task at `where`, or of a part of it: `parameters['x']`; "" is the task's own."""
        if not name:
            return where
        place = self.source.location(self.dag.dag_id, task=where.task, field=name.split("[", 1)[0])
        return replace(place, field=name)


def _starts_later(task: Any, dag: DAG) -> bool:
    """Whether Airflow leaves a task out of runs that the DAG has."""
    return task.start_date is not None and (dag.start_date is None or task.start_date > dag.start_date)


def _not_alone(operator: type, why: str) -> RefusalError:
    return RefusalError(
        Code.MAPPING,
        f"{operator.__name__} can't be mapped on its own",
        why=why,
        fix="put it into a mapped task group",
    )


def _invalid(what: str, request: str, where: Location) -> Diagnostic:
    return Diagnostic(
        code=Code.INVALID_VALUE,
        message=what,
        location=where,
        why=f"{request} wouldn't take it",
        fix="correct the value",
    )
