"""A task group whose chains are branches that succeed or fail together."""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar

import attrs
from airflow.sdk import TaskGroup

from airstep.operators.job_graph import BatchJobGraph
from airstep.operators.submit import add_submit


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

    With `submit_ahead` all jobs of the group are submitted at its start, its edges as `dependsOn` of AWS Batch, and
    each task then takes up its own: branches run side by side even under `airflow dags test`, which runs one task after
    the other, and no scheduler stands between two jobs. It works as a `BatchJobGraph` does, which says more about
    retries, clears and ends, and on the same conditions; beside plain TaskGroups it may hold ParallelBranches and
    BatchJobGraphs, whose jobs it submits with its own, whatever they say themselves. An inner group's `submit_ahead`
    alone is for the jobs of that group, when its turn comes. Further:

    - With `fail_fast`, a failure also terminates the jobs that no task has taken up yet. When a job fails whose task,
      one without retries, has not started, a task that waits makes way for it within 10 seconds, unless it is deferred.
    - An `execution_timeout` counts from when the task takes up its job.
    - The exported state machine is the same as without it: Step Functions runs the branches side by side anyway.

    :param fail_fast: whether the first failure stops the other branches.
    :param submit_ahead: whether all jobs of the group are submitted at its start.
    :raises ValueError: at the end of the block: with `submit_ahead` a task can't be in the group; says what to do.
    """

    fail_fast: bool = attrs.field(default=True, kw_only=True, validator=attrs.validators.instance_of(bool))
    submit_ahead: bool = attrs.field(default=False, kw_only=True, validator=attrs.validators.instance_of(bool))

    holds: ClassVar[str] = "only plain TaskGroups, ParallelBranches and BatchJobGraphs"
    way_out: ClassVar[str] = "; or leave submit_ahead out"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """With `submit_ahead`, check the group and add its task `submit`, unless the block was left by an error."""
        try:
            if kind is None and self.submit_ahead:
                add_submit(self)
        finally:
            super().__exit__(kind, error, traceback)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    def may_hold(self, group: TaskGroup) -> bool:
        """With `submit_ahead`, whether a group may be inside: not a mapped one."""
        return type(group) is TaskGroup or isinstance(group, ParallelBranches | BatchJobGraph)


# DAG.partial_subset copies what `type(group).__slots__` names; attrs lists only a subclass's own fields there.
setattr(  # noqa: B010  # not in the types
    ParallelBranches,
    "__slots__",
    (*getattr(TaskGroup, "__slots__"), "fail_fast", "submit_ahead"),  # noqa: B009
)


def fail_fast_group(task: Any) -> ParallelBranches | None:
    """The outermost ParallelBranches with fail_fast around a task: a failure in it, at any depth, stops the task."""
    found: ParallelBranches | None = None
    group = task.task_group
    while group is not None:
        if isinstance(group, ParallelBranches) and group.fail_fast:
            found = group
        group = group.parent_group
    return found
