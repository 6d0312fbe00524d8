"""A task group whose jobs are submitted at once, with its edges as dependencies of AWS Batch."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, ClassVar

from airflow.sdk import TaskGroup

from airstep.operators.submit import SubmitJobGraph, add_submit, jobs_of, submit_of

if TYPE_CHECKING:
    from airstep.operators.batch_job import BatchJobOperator


class BatchJobGraph(TaskGroup):
    """A TaskGroup of Batch jobs that are all submitted at its start, its edges as `dependsOn`.

    AWS Batch then starts each job when those it depends on have succeeded: no scheduler stands between two jobs, and an
    outage of Airflow stops nothing. Any acyclic shape will do. At the end of the `with` block the group adds the task
    `<group>.submit`, which submits the jobs; it comes before all other tasks of the group and after everything outside
    that any of them depends on. Each task then takes up its own job, waits for it as ever, and ends as it does.

        with BatchJobGraph("render") as render:
            split = BatchJobOperator(task_id="split", …)
            [BatchJobOperator(task_id="left", …), BatchJobOperator(task_id="right", …)] << split

    The group holds `BatchJobOperator` tasks, and plain TaskGroups of them. No task may be mapped, use a result of
    another (their jobs are submitted before any has run), have another trigger rule than `all_success`, or depend on
    more than 20 jobs. All use one AWS connection and region. It takes the arguments of Airflow's TaskGroup.

    - A task that is retried or cleared submits a job of its own, whose dependencies have succeeded by then. Those
      behind it, whose jobs AWS Batch failed along with the first one, submit theirs anew when their turn comes.
    - A retry of `submit` takes up the jobs that an earlier try submitted. Cleared, it submits all anew, and the tasks
      that were waiting wait for the new jobs; clear what is downstream of it along with it, or nobody waits for those
      of the tasks that had ended.
    - When `submit` is killed, times out or fails for good, what it had submitted is terminated. When a task fails for
      good or is killed, so are the jobs of the tasks behind it, which Airflow won't start any more; when the group is
      inside `ParallelBranches` that fail fast, another branch's failure terminates them all. A run that is ended
      between two tasks, by hand or by its timeout, leaves the jobs that no task had taken up yet.

    :raises ValueError: at the end of the block: a task can't be in the group; names the task and says what to do.
    """

    submit_ahead: ClassVar[bool] = True
    holds: ClassVar[str] = "only plain TaskGroups"
    way_out: ClassVar[str] = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Check the group and add its task `submit`, unless the block was left by an error."""
        try:
            if kind is None:
                add_submit(self)
        finally:
            super().__exit__(kind, error, traceback)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    @property
    def submit(self) -> SubmitJobGraph | None:
        """The task that submits the jobs; None until the `with` block has ended, and where a group around does it."""
        return submit_of(self)

    def jobs(self) -> dict[str, BatchJobOperator]:
        """The tasks that are jobs, by id, each behind those it depends on."""
        return jobs_of(self)

    def may_hold(self, group: TaskGroup) -> bool:
        """Whether a group may be inside: a plain one."""
        return type(group) is TaskGroup
