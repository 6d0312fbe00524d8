"""A task as each of its items sees it: its own items, or those of its mapped group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.sdk.definitions.mappedoperator import MappedOperator

from asl_export.diagnostics import Code
from asl_export.frontend.mapping import DynamicItems, items_of
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.settings import short
from asl_export.ir.status import EARLY, TriggerRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A task with one item's arguments; a task that isn't mapped has one variant."""

    task: Any
    index: int | None = None
    item: Mapping[str, Any] | None = None
    dynamic: bool = False


def items_for(task: Any) -> list[dict[str, Any]] | DynamicItems | None:
    """The items that a task runs for, of its own or of its mapped group; None for a task that runs once.

    :raises RefusalError: for items of which not even the arguments are known, or that the task can't wait for.
    """
    items = _given_items(task)
    rule = TriggerRule(task.trigger_rule)
    if isinstance(items, DynamicItems):
        _check_places(task, items)
        if rule is not TriggerRule.ALL_SUCCESS:
            _check_givers(task, items, rule)
    return items


def _check_places(task: Any, items: DynamicItems) -> None:
    for giver in map(task.dag.get_task, items.references()):
        if (group := giver.get_closest_mapped_task_group()) is not None:
            raise RefusalError(
                Code.MAPPING,
                f"its items come from {giver.task_id!r}, which is in the mapped group {group.node_id!r}",
                why="Airflow 3.3 finds no items there: it looks for one result of that task, not for one of each item",
                fix="map a task alone instead of the group, or read the results with a job that gives a list",
            )


def _check_givers(task: Any, items: DynamicItems, rule: TriggerRule) -> None:
    givers = items.references()
    early = rule in EARLY and len(task.upstream_task_ids) > 1 and not task.upstream_task_ids.isdisjoint(givers)
    if rule is TriggerRule.ALWAYS or early:
        raise RefusalError(
            Code.TRIGGER_RULE,
            f"trigger_rule {rule.value!r} can't be kept: its items come from a task for which it doesn't wait",
            why="Airflow looks for the items when the rule lets the task start, and without them it is upstream_failed",
            fix="give it the rule all_done, or another that waits",
            field="trigger_rule",
        )
    for giver in map(task.dag.get_task, givers):
        if isinstance(giver, MappedOperator):
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


def variants_of(task: Any, items: list[dict[str, Any]] | DynamicItems | None) -> list[Variant]:
    """A task as each of its items sees it."""
    if items is None:
        return [Variant(task=task)]
    mapped = isinstance(task, MappedOperator)
    if isinstance(items, DynamicItems):
        group = task.get_closest_mapped_task_group()
        item = items.arguments(task.task_id if mapped else group.node_id)
        return [Variant(task=_unmapped(task, item) if mapped else task, item=None if mapped else item, dynamic=True)]
    if mapped:
        return [Variant(task=_unmapped(task, item), index=index) for index, item in enumerate(items)]
    return [Variant(task=task, index=index, item=item) for index, item in enumerate(items)]


def _unmapped(task: MappedOperator, item: Mapping[str, Any]) -> Any:
    """A mapped task with an item's arguments.

    :raises RefusalError: the operator refuses them.
    """
    try:
        return task.unmap(dict(item))
    except Exception as error:  # its constructor is anybody's
        given = ", ".join(f"{name}={short(value)}" for name, value in item.items())
        raise RefusalError(
            Code.INVALID_VALUE,
            str(error) or type(error).__name__,
            why=f"the operator refuses an item's arguments, {given}",
            fix="correct the item",
        ) from error
