"""What a reader made of a task, put into a node of the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from asl_export.diagnostics import Code
from asl_export.frontend.batch_map_nodes import batch_map_node
from asl_export.frontend.mapping import Columns
from asl_export.frontend.readers.reading import (
    BatchMapReading,
    CallReading,
    ChoiceReading,
    JobReading,
    PollReading,
    Reading,
    WaitReading,
)
from asl_export.frontend.refusal import RefusalError
from asl_export.frontend.rules import following
from asl_export.frontend.timing import retry_plan, seconds
from asl_export.ir.graph import BatchMapNode, CallNode, ChoiceNode, JobNode, Option, PollNode, WaitNode
from asl_export.ir.values import Document, Value

WorkNode = JobNode | CallNode | BatchMapNode | WaitNode | PollNode | ChoiceNode


def node_of(readings: Sequence[Reading], columns: Columns, *, task: Any, dag_task: Any, **common: Any) -> WorkNode:
    """The node of a task whose items, if it has any, do what the readings say.

    :param task: the operator, with an item's arguments if it is mapped.
    :param dag_task: the task as the DAG has it.
    :raises RefusalError: a choice follows a task that isn't directly downstream.
    """

    def general(name: str) -> Any:
        """A field that may differ between the items."""
        return columns.general([getattr(reading, name) for reading in readings], name)

    retry, timeout = retry_plan(task), seconds(task.execution_timeout)
    alike: Sequence[Any] = readings  # all are of the first one's type
    match readings[0]:
        case JobReading(wait=wait):
            _same(readings, "wait_for_completion", lambda job: job.wait)
            _same(readings, "whether they have a result", lambda job: job.result is None)
            _same(readings, "how many jobs they depend on", lambda job: len(job.request.get("DependsOn", ())))
            return JobNode(
                request=columns.general(_with_same_fields([job.request for job in alike], _EMPTY), "request"),
                wait=wait,
                result=general("result"),
                retry=retry,
                timeout=timeout,
                **common,
            )
        case BatchMapReading() as mapped:
            return batch_map_node(mapped, retry=retry, timeout=timeout, **common)
        case CallReading() as call:
            _same(readings, "what makes the state's resource", lambda call: (call.resource, call.output))
            return CallNode(
                resource=call.resource,
                arguments=columns.general(_with_same_fields([call.arguments for call in alike], {}), "arguments"),
                fields=call.fields,
                output=call.output,
                must_answer=call.must_answer,
                retry=retry,
                timeout=timeout,
                **common,
            )
        case WaitReading(argument=argument):
            return WaitNode(argument=argument, seconds=general("seconds"), until=general("until"), **common)
        case PollReading() as poll:
            for name in ("interval", "timeout", "soft_fail"):
                _same(readings, f"what makes the state's {name}", attrgetter(name))
            return PollNode(
                resource=poll.resource,
                argument=poll.argument,
                arguments=_columns(general("arguments"), poll.argument),
                missing=poll.missing,
                interval=poll.interval,
                timeout=poll.timeout,
                soft_fail=poll.soft_fail,
                retry=retry,
                **common,
            )
        case ChoiceReading() as choice:
            conditions = columns.general([[asked for asked, _ in choice.choices] for choice in alike], "condition")
            return ChoiceNode(options=tuple(_options(choice, conditions, dag_task)), **common)


def _same(readings: Sequence[Any], what: str, told: Callable[[Any], Any]) -> None:
    """Nothing, when all items agree on what a state says once for all of them.

    :raises RefusalError: they don't.
    """
    if any(told(reading) != told(readings[0]) for reading in readings):
        raise RefusalError(
            Code.MAPPING,
            f"its items differ in {what}",
            why="the state machine says it once, for all items",
            fix="give all items the same, or write a task for each",
        )


# What Batch takes as if it weren't given.
_EMPTY: Mapping[str, Document] = {"Parameters": {}, "ContainerOverrides": {}, "Tags": {}}


def _with_same_fields(requests: Sequence[Mapping[str, Document]], empty: Mapping[str, Document]) -> list[Document]:
    """The items' requests, all with the same fields: the state sends the fields, and only their values differ.

    :raises RefusalError: an item doesn't set a field that others set and that can't be empty.
    """
    names = dict.fromkeys(name for request in requests for name in request)
    for name in names:
        if name not in empty and not all(name in request for request in requests):
            raise RefusalError(
                Code.MAPPING,
                f"its items differ in whether they set {name}",
                why="the state machine sends the same fields for all items",
                fix="set it for all items, or write a task for each",
            )
    return [{name: request.get(name, empty.get(name)) for name in names} for request in requests]


def _columns(document: Any, argument: str) -> tuple[Any, ...]:
    if isinstance(document, list):
        return tuple(document)
    raise RefusalError(
        Code.MAPPING,
        f"its items differ in how many they have of {argument}",
        why="the state machine has a state for each",
        fix="give all items as many",
        field=argument,
    )


def _options(choice: ChoiceReading, conditions: Sequence[Value], task: Any) -> Iterator[Option]:
    for condition, (_, follow) in zip(conditions, choice.choices, strict=True):
        yield Option(condition=condition, skipped=_skipped(task, follow, "choices"))
    yield Option(condition=None, skipped=_skipped(task, choice.default, "default"))


def _skipped(task: Any, follow: Sequence[str], field: str) -> frozenset[str]:
    """The tasks directly downstream that aren't followed: as Airflow has it, none that is downstream of a followed one.

    Source: airflow.sdk.bases.skipmixin, SkipMixin.skip_all_except

    :raises RefusalError: for an id that isn't directly downstream, or one outside of the mapped group that chooses.
    """
    dag = task.dag
    followed: set[str] = set()
    for name in follow:
        group = dag.task_group_dict.get(name)
        roots = {root.task_id for root in group.roots} if group is not None else {name}
        if not roots or not roots <= task.downstream_task_ids:
            raise RefusalError(
                Code.CHOICE,
                f"the choice may follow {name!r}, which isn't directly downstream of it",
                why="Airflow fails such a choice when it runs",
                fix=f"give the full id, as in 'group.task', and draw the edge: {task.task_id} >> {name}",
                field=field,
            )
        followed |= roots
    beside = task.downstream_task_ids - followed
    skipped = {name for name in beside if not _is_below(dag.get_task(name), followed, task)}
    mapped = task.get_closest_mapped_task_group()
    for name in sorted(skipped):
        if mapped is not None and dag.get_task(name).get_closest_mapped_task_group() is not mapped:
            raise RefusalError(
                Code.CHOICE,
                f"it may skip {name!r}, which isn't in its mapped task group",
                why="each item chooses for itself, and Airflow skips the task's instance for that item: there is none",
                fix="put the task into the group, or the choice behind the group",
            )
    return frozenset(inner for name in skipped for inner in following(dag.get_task(name)))


def _is_below(task: Any, above: set[str], choice: Any) -> bool:
    """Whether a task is downstream of one of some tasks that are downstream of a choice, as the task is itself.

    Looked for from below, up to the choice: for the rest of the DAG each of its choices would be asked in vain.
    """
    seen: set[str] = {choice.task_id}
    waiting = [task]
    while waiting:
        names = waiting.pop().upstream_task_ids - seen
        if names & above:
            return True
        seen |= names
        waiting.extend(map(choice.dag.get_task, names))
    return False
