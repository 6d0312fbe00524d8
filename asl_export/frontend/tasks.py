"""One task read into a node of the graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile
from typing import Any

from airflow.sdk import DAG, BaseOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.taskgroup import MappedTaskGroup

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.frontend.fields import FieldReader
from asl_export.frontend.mapping import Columns, DynamicItems, items_of
from asl_export.frontend.nodes import node_of
from asl_export.frontend.outputs import Outputs, Upstream
from asl_export.frontend.params import read_params
from asl_export.frontend.readers import READERS
from asl_export.frontend.readers.reading import OperatorReader, Reading
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.rules import rule_of
from asl_export.frontend.settings import BASE_OPERATOR, Treatment, check_settings
from asl_export.frontend.source import SourceIndex
from asl_export.frontend.template_scope import Scope
from asl_export.frontend.timing import check_times
from asl_export.frontend.unsupported import unsupported
from asl_export.ir.graph import JoinNode, MapNode, Node, ParamSpec, Region
from asl_export.ir.status import TriggerRule
from asl_export.ir.values import Document, TaskResult


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
    dynamic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReader:
    """Reads the tasks of one DAG; `groups` collects what differs between the items of each mapped group."""

    dag: DAG
    source: SourceIndex
    params: Mapping[str, ParamSpec]
    results: Mapping[str, TaskResult]
    map_of: Mapping[str, str | None]
    mapped: frozenset[str]
    groups: dict[str, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, dag: DAG, source: SourceIndex, params: Mapping[str, ParamSpec]) -> TaskReader:
        """The reader of a DAG's tasks."""
        results: dict[str, TaskResult] = {}
        map_of: dict[str, str | None] = {}
        for task in dag.tasks:
            group = task.get_closest_mapped_task_group()
            map_of[task.task_id] = group.node_id if group else None
            reader = READERS.get(_operator(task))
            settings = _attributes(task)
            if reader is not None and (result := reader.result(settings)) is not None:
                results[task.task_id] = result
        mapped = frozenset(task.task_id for task in dag.tasks if isinstance(task, MappedOperator))
        return cls(dag=dag, source=source, params=params, results=results, map_of=map_of, mapped=mapped)

    def read(self, task: Any) -> TaskReading:
        """The node of a task and all to say about it."""
        where = self.source.location(self.dag.dag_id, task=task.task_id)
        reader = READERS.get(_operator(task))
        if reader is None:
            return TaskReading(node=None, diagnostics=(unsupported(_operator(task), where),))
        try:
            items = _items(task)
            if reader.single and isinstance(task, MappedOperator):
                raise _not_alone(_operator(task), reader.single)
            variants = _variants(task, items)
        except RefusalError as refusal:
            return TaskReading(node=None, diagnostics=(refusal.at(self.field(where, refusal.field)),))
        first = variants[0].task
        found = self.told([variant.task for variant in variants], reader, where)
        if reader.read is None:
            join = JoinNode(id=task.task_id, name=first.label, location=where, **rule_of(task, items))
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
        for found in check_settings(values, {**BASE_OPERATOR, **reader.settings}, where):
            yield self.named(found, where)
        own = [param.name for param in read_params(task.params) if self.params.get(param.name) != param]
        if own:
            yield Diagnostic(
                code=Code.UNSUPPORTED_SETTING,
                message=f"params of a single task ({', '.join(own)}) can't be exported",
                location=self.field(where, "params"),
                why="the execution's input is the same for all tasks",
                fix="give the DAG the params",
            )

    def reading(
        self, variant: _Variant, reader: OperatorReader, where: Location
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
            **rule_of(task, items),
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
            max_concurrency=first.max_active_tis_per_dagrun or 0,
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
        """The node of a mapped task group; the smallest limit of its tasks limits the items."""
        items = items_of(group._expand_input)
        columns = self.groups.get(group.node_id, Columns(map=group.node_id))
        tasks = list(group.iter_tasks())
        limits = [limit for task in tasks if (limit := getattr(task, "max_active_tis_per_dagrun", None))]
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


@cache
def arguments(operator: type) -> tuple[str, ...]:
    """The names of an operator's own arguments, those of its base classes too; BaseOperator's are in BASE_OPERATOR."""
    if operator is BaseOperator:
        return _arguments(BaseOperator)
    classes = takewhile(lambda cls: cls is not BaseOperator, operator.__mro__)
    return tuple(dict.fromkeys(name for cls in classes for name in _arguments(cls)))


def _arguments(cls: type) -> tuple[str, ...]:
    """The names of the arguments that a class's own constructor has, if it has one."""
    constructor = vars(cls).get("__init__")
    if constructor is None:
        return ()
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    return tuple(item.name for item in parameters if item.kind not in (item.VAR_KEYWORD, item.VAR_POSITIONAL))


def _operator(task: Any) -> type:
    operator: type = task.operator_class if isinstance(task, MappedOperator) else type(task)
    return operator


def _attributes(task: Any) -> Mapping[str, Any]:
    """What a task is made of; of a mapped one also what its items give, in a list."""
    if not isinstance(task, MappedOperator):
        own: Mapping[str, Any] = vars(task)
        return own
    given = task._get_specified_expand_input().value
    items = given if isinstance(given, list | tuple) else [given]
    named = (item for item in items if isinstance(item, Mapping))
    return {**task.partial_kwargs, **{name: [value] for item in named for name, value in item.items()}}


def _items(task: Any) -> list[dict[str, Any]] | DynamicItems | None:
    """The items that a task runs for, of its own or of its mapped group; None for a task that runs once.

    :raises RefusalError: for items of which not even the arguments are known, or that the task can't wait for.
    """
    items = _given_items(task)
    rule = TriggerRule(task.trigger_rule)
    if isinstance(items, DynamicItems) and rule is not TriggerRule.ALL_SUCCESS:
        _check_givers(task, items, rule)
    return items


def _check_givers(task: Any, items: DynamicItems, rule: TriggerRule) -> None:
    if rule is TriggerRule.ALWAYS:
        raise RefusalError(
            Code.TRIGGER_RULE,
            "trigger_rule 'always' can't be kept: its items come from a task that it doesn't wait for",
            why="Airflow looks for the items at once and makes such a task upstream_failed",
            fix="give it the rule all_done, or another that waits",
            field="trigger_rule",
        )
    dag = task.dag
    for giver in map(dag.get_task, items.references()):
        if isinstance(giver, MappedOperator) or giver.get_closest_mapped_task_group() is not None:
            raise RefusalError(
                Code.TRIGGER_RULE,
                f"trigger_rule {rule.value!r} can't be kept: its items come from the mapped task {giver.task_id!r}",
                why="when some of that task's items fail, Airflow maps over what the others have given",
                fix="leave the rule out, or read the results with a job that gives a list",
                field="trigger_rule",
            )


def _given_items(task: Any) -> list[dict[str, Any]] | DynamicItems | None:
    if isinstance(task, MappedOperator):
        return items_of(task._get_specified_expand_input())
    groups = list(task.iter_mapped_task_groups())
    if len(groups) > 1:
        raise RefusalError(
            Code.MAPPING,
            f"the mapped group {groups[0].node_id!r} lies in another, {groups[1].node_id!r}",
            why="Airflow 3.3 doesn't map groups within groups rightly: it takes items of both by the same index",
            fix="map one group over all combinations: expand(a=…, b=…)",
        )
    return items_of(groups[0]._expand_input) if groups else None


def _variants(task: Any, items: list[dict[str, Any]] | DynamicItems | None) -> list[_Variant]:
    """A task as each of its items sees it."""
    if items is None:
        return [_Variant(task=task)]
    mapped = isinstance(task, MappedOperator)
    if isinstance(items, DynamicItems):
        group = task.get_closest_mapped_task_group()
        item = items.arguments(task.task_id if mapped else group.node_id)
        return [_Variant(task=_unmapped(task, item) if mapped else task, item=None if mapped else item, dynamic=True)]
    if mapped:
        return [_Variant(task=_unmapped(task, item), index=index) for index, item in enumerate(items)]
    return [_Variant(task=task, index=index, item=item) for index, item in enumerate(items)]


def _unmapped(task: MappedOperator, item: Mapping[str, Any]) -> Any:
    """A mapped task with an item's arguments.

    :raises RefusalError: the operator refuses them.
    """
    try:
        return task.unmap(dict(item))
    except (TypeError, ValueError) as error:
        raise RefusalError(
            Code.INVALID_VALUE, str(error), why="the operator refuses an item's arguments", fix="correct the item"
        ) from error


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
