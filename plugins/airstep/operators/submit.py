"""The task `submit` of a group whose jobs are submitted at its start, and what such a group holds."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from airstep.errors import SubmissionRejected
from airstep.operators.job_graph_checks import entry_problems, graph_problems

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_job import BatchJobOperator
    from airstep.operators.job_graph_run import GraphSubmission

SUBMIT = "submit"
"""The label of the task that such a group adds to itself."""


class SubmitJobGraph(BaseOperator):
    """Submit the jobs of the group around it, each depending on those before it; returns the job ids by task.

    `BatchJobGraph`, and `ParallelBranches` with `submit_ahead`, add it by themselves. It renders each task's fields as
    that task would; `ti.try_number` is this task's.

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

        group = submitting_group(self)
        if group is None:
            raise AirflowFailException(f"Task {self.task_id!r} is in no group that submits ahead, and adds such a task")
        tasks = list(jobs_of(group).values())
        self.submission = GraphSubmission(self, group, context)
        with self.submission.seen_through():
            self.submission.stop_before_start()
            late = (f"{what}: {what_to_do}" for what, what_to_do in entry_problems(group, self, tasks))
            if found := [*graph_problems(group, tasks), *late]:
                raise SubmissionRejected("\n".join(found))
            return self.submission.submit_all()

    def on_kill(self) -> None:
        """Terminate the jobs: Airflow ends this process."""
        self.killed = True
        if self.submission is not None:
            self.submission.kill("The Airflow task was stopped")


def submitting_group(task: Any) -> Any | None:
    """The group that submits a task's job at its start, or None: the outermost around it that does so."""
    return _outermost(task.task_group)


def submit_of(group: Any) -> SubmitJobGraph | None:
    """The task that submits a group's jobs; None until its `with` block has ended, and in a group inside such a one."""
    return next((child for child in group.children.values() if isinstance(child, SubmitJobGraph)), None)


def jobs_of(group: Any) -> dict[str, BatchJobOperator]:
    """The tasks of such a group that are jobs, by id, each behind those it depends on."""
    tasks: dict[str, Any] = {task.task_id: task for task in _others(group)}
    order = TopologicalSorter({name: sorted(task.upstream_task_ids & set(tasks)) for name, task in tasks.items()})
    return {name: tasks[name] for name in order.static_order()}


def add_submit(group: Any) -> None:
    """Check a group that submits ahead, and add its task `submit`; nothing inside another one, which does it.

    :raises ValueError: a task can't be in the group; names the task and says what to do.
    """
    if _outermost(group.parent_group) is not None:
        return
    submit, tasks = submit_of(group), _others(group)
    if found := list(graph_problems(group, tasks, taken=SUBMIT if submit is None else None)):
        raise ValueError("\n".join(found))
    if submit is None:
        # The DAG's default_args may say otherwise.
        submit = SubmitJobGraph(task_id=SUBMIT, trigger_rule="all_success")
    ids = {task.task_id for task in tasks}
    for task in tasks:
        submit.set_upstream([each for each in task.upstream_list if each.task_id not in (*ids, submit.task_id)])
        if not task.upstream_task_ids & ids:
            task.set_upstream(submit)


def _others(group: Any) -> list[Any]:
    return [task for task in group.iter_tasks() if not isinstance(task, SubmitJobGraph)]


def _outermost(group: Any) -> Any | None:
    found = None
    while group is not None:
        if getattr(group, "submit_ahead", False):
            found = group
        group = group.parent_group
    return found
