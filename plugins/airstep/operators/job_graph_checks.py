"""What may be in a group whose jobs are submitted at its start: each finding names the task and says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from airflow.sdk import TaskGroup
from airflow.sdk.definitions.xcom_arg import XComArg

from airstep.operators.batch_job import BatchJobOperator

MOST_DEPENDENCIES = 20
"""Jobs that one job may depend on: https://docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html"""

_CONNECTION = ("aws_conn_id", "region_name", "verify", "botocore_config")


def graph_problems(graph: Any, tasks: Sequence[Any], *, taken: str | None = None) -> Iterator[str]:
    """What is wrong with the tasks of a BatchJobGraph, or ParallelBranches with submit_ahead, one sentence each.

    :param tasks: all tasks in the group but the one that submits.
    :param taken: the label that a task of the group will have.
    """
    who = _who(graph)
    for sentence in _problems(graph, tasks, taken):
        yield f"{who}: {sentence}{graph.way_out}"


def _problems(graph: Any, tasks: Sequence[Any], taken: str | None) -> Iterator[str]:
    yield from _group_problems(graph)
    ids = {task.task_id for task in tasks}
    jobs = [task for task in tasks if isinstance(task, BatchJobOperator)]
    for task in tasks:
        found = _job_problems(task, ids, jobs[0]) if isinstance(task, BatchJobOperator) else [_stranger(task)]
        yield from (f"task {task.task_id!r} {sentence}" for sentence in found)
        if task.label == taken and task.task_group.group_id == graph.group_id:
            yield f"task {task.task_id!r} has the name of the task that the group adds to itself: rename it"


def entry_problems(graph: Any, submit: Any, tasks: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """What was added to the DAG after the group's block, and can't be kept: a sentence each, and what to do."""
    before = submit.get_flat_relative_ids(upstream=True)
    after = submit.get_flat_relative_ids(upstream=False)
    ids = {task.task_id for task in tasks}
    for task in tasks:
        who = f"{_who(graph)}: task {task.task_id!r}"
        for other in sorted(task.upstream_task_ids - ids - before - {submit.task_id}):
            yield (
                f"{who} depends on {other!r}, but its job is submitted before that has run",
                "let the group depend on it, or write the edge inside the group's `with` block",
            )
        if task.task_id not in after:
            yield (
                f"{who} was added after the group's `with` block, and does not follow {submit.task_id!r}",
                "move it into the block",
            )


def _who(graph: Any) -> str:
    return f"{type(graph).__name__} {graph.group_id!r}"


def _group_problems(graph: Any) -> Iterator[str]:
    waiting: list[Any] = [graph]
    while waiting:
        for child in waiting.pop().children.values():
            if isinstance(child, TaskGroup):
                waiting.append(child)
                if not graph.may_hold(child):
                    yield f"group {child.group_id!r} is of type {type(child).__name__}; {graph.holds} can be inside"


def _stranger(task: Any) -> str:
    if task.is_mapped:
        return "is mapped; use a task for each item, an array job (array_properties), or a plain TaskGroup"
    return (
        f"is of type {type(task).__name__}; a job graph holds BatchJobOperator tasks: put it before or after the group"
    )


def _job_problems(task: BatchJobOperator, ids: set[str], first: BatchJobOperator) -> Iterator[str]:
    if task.trigger_rule != "all_success":
        yield (
            f"has the trigger rule {task.trigger_rule.value!r}; AWS Batch starts a job when all before it have "
            "succeeded: leave trigger_rule out, or put the task after the group"
        )
    if task.is_setup or task.is_teardown:
        yield "is a setup or teardown task; put it before or after the group"
    if str(task.wait_for_completion).strip().lower() != "true":
        yield "does not wait for its job; leave wait_for_completion out"
    if different := [name for name in _CONNECTION if getattr(task, name) != getattr(first, name)]:
        yield (
            f"reaches AWS another way than {first.task_id!r}: {', '.join(different)}; jobs that depend on one another "
            "are in one account and region"
        )
    given = task.depends_on if isinstance(task.depends_on, list | tuple) else ()
    if (count := len(task.upstream_task_ids & ids) + len(given)) > MOST_DEPENDENCIES:
        yield (
            f"depends on {count} jobs; AWS Batch allows {MOST_DEPENDENCIES}: put a job between, which some of them "
            "come before"
        )
    for other in sorted(_used(task, ids - {task.task_id})):
        yield (
            f"uses a result of {other!r}, but all jobs of the group are submitted before any has run: an edge is "
            "enough for the order; hand data on in S3, or use a plain TaskGroup"
        )
    for before in task.upstream_list:
        if before.task_id not in ids and before.get_flat_relative_ids(upstream=True) & ids:
            yield f"depends on {before.task_id!r} outside the group, which comes after one of its tasks: move it inside"


def _used(task: BatchJobOperator, ids: set[str]) -> set[str]:
    """The tasks of the group whose XComs a task's fields name."""
    values = [getattr(task, name) for name in task.template_fields]
    named = {operator.task_id for operator, _ in XComArg.iter_xcom_references(values)}
    for text in _texts(values):
        if "xcom_pull" in text:
            named |= {each for pair in re.findall(r"'([^']*)'|\"([^\"]*)\"", text) for each in pair}
    return named & ids


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple() | set():
            for item in value:
                yield from _texts(item)
