"""A task group whose chains are branches that succeed or fail together."""

from __future__ import annotations

from typing import Any

import attrs
from airflow.sdk import TaskGroup


@attrs.define(repr=False)
class ParallelBranches(TaskGroup):
    """A TaskGroup whose chains run side by side; by default the first failure stops the rest.

    With `fail_fast`, when a task in the group (or in a group inside it) has failed for good:

    - the jobs of the other branches' tasks are terminated, with a reason that names the failed task, and those tasks
      fail without a retry;
    - tasks of the other branches that have not started are skipped;
    - what depends on the group is `upstream_failed`, as after any failure in a task group.

    Without it, it is a plain TaskGroup: the other branches go on to their end. It takes the arguments of Airflow's
    TaskGroup.

    :param fail_fast: whether the first failure stops the other branches.
    """

    fail_fast: bool = attrs.field(default=True, kw_only=True, validator=attrs.validators.instance_of(bool))


# DAG.partial_subset copies what `type(group).__slots__` names; attrs lists only a subclass's own fields there.
setattr(ParallelBranches, "__slots__", (*getattr(TaskGroup, "__slots__"), "fail_fast"))  # noqa: B009, B010  # not in the types


def fail_fast_group(task: Any) -> ParallelBranches | None:
    """The outermost ParallelBranches with fail_fast around a task: a failure in it, at any depth, stops the task."""
    found: ParallelBranches | None = None
    group = task.task_group
    while group is not None:
        if isinstance(group, ParallelBranches) and group.fail_fast:
            found = group
        group = group.parent_group
    return found
