"""A task group whose jobs are submitted at once, with its edges as dependencies of AWS Batch."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, TaskGroup
from airflow.sdk.exceptions import AirflowFailException

from airstep.errors import SubmissionRejected
from airstep.operators.job_graph_checks import entry_problems, graph_problems

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_job import BatchJobOperator
    from airstep.operators.job_graph_run import GraphSubmission

SUBMIT = "submit"
"""The label of the task that a job graph adds to itself."""


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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Check the group and add its task `submit`, unless the block was left by an error."""
        try:
            if kind is None:
                self._finish()
        finally:
            super().__exit__(kind, error, traceback)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    @property
    def submit(self) -> SubmitJobGraph | None:
        """The task that submits the jobs; None until the `with` block has ended."""
        return next((child for child in self.children.values() if isinstance(child, SubmitJobGraph)), None)

    def jobs(self) -> dict[str, BatchJobOperator]:
        """The tasks that are jobs, by id, each behind those it depends on."""
        tasks: dict[str, Any] = {task.task_id: task for task in self.iter_tasks() if task is not self.submit}
        order = TopologicalSorter({name: sorted(task.upstream_task_ids & set(tasks)) for name, task in tasks.items()})
        return {name: tasks[name] for name in order.static_order()}

    def _finish(self) -> None:
        submit, tasks = self.submit, [task for task in self.iter_tasks() if not isinstance(task, SubmitJobGraph)]
        if found := list(graph_problems(self, tasks, taken=SUBMIT if submit is None else None)):
            raise ValueError("\n".join(found))
        if submit is None:
            # The DAG's default_args may say otherwise.
            submit = SubmitJobGraph(task_id=SUBMIT, trigger_rule="all_success")
        ids = {task.task_id for task in tasks}
        for task in tasks:
            submit.set_upstream([each for each in task.upstream_list if each.task_id not in (*ids, submit.task_id)])
            if not task.upstream_task_ids & ids:
                task.set_upstream(submit)


class SubmitJobGraph(BaseOperator):
    """Submit the jobs of the BatchJobGraph around it, each depending on those before it; returns the job ids by task.

    The group adds it by itself. It renders each task's fields as that task would; `ti.try_number` is this task's.

    :raises SubmissionRejected: a field is wrong, or AWS says so.
    """

    ui_color = "#c3dae0"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.submission: GraphSubmission | None = None
        self.killed = False

    def execute(self, context: Context) -> Mapping[str, str]:
        """Submit what an earlier try has not submitted; the job ids by task id."""
        # What loads boto3 is imported here: the parsing of every DAG file would pay for it above.
        from airstep.operators.job_graph_run import GraphSubmission

        graph = job_graph(self)
        if graph is None:
            raise AirflowFailException(f"Task {self.task_id!r} is in no BatchJobGraph, which alone adds such a task")
        tasks = list(graph.jobs().values())
        self.submission = GraphSubmission(self, graph, context)
        with self.submission.seen_through():
            self.submission.stop_before_start()
            if found := [*graph_problems(graph, tasks), *entry_problems(graph, self, tasks)]:
                raise SubmissionRejected("\n".join(found))
            return self.submission.submit_all()

    def on_kill(self) -> None:
        """Terminate the jobs: Airflow ends this process."""
        self.killed = True
        if self.submission is not None:
            self.submission.kill("The Airflow task was stopped")


def job_graph(task: Any) -> BatchJobGraph | None:
    """The BatchJobGraph around a task, or None."""
    group = task.task_group
    while group is not None and not isinstance(group, BatchJobGraph):
        group = group.parent_group
    return group
