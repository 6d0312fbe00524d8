"""What the tasks of a fail-fast group do when one of them fails, each from its own worker.

A task of another branch may be skipped only once the failure has reached the tasks below the failed one. Airflow
decides about a task as soon as one direct upstream is skipped: what depends on the group would be skipped too, and the
run could end well, had the failure not arrived there first. Until then the group is not *settled*.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from airflow.sdk.definitions.taskgroup import MappedTaskGroup
from airflow.sdk.exceptions import AirflowSkipException

from airstep.branches import Branches, labels_of, split_label, with_states
from airstep.errors import BranchStopped, TaskKilled, stop_reason
from airstep.hooks.batch import BatchHook
from airstep.hooks.task_instances import ALIVE, FINISHED, NOT_STARTED, States, TaskKey, group_states, skip
from airstep.operators.endings import come_again
from airstep.operators.parallel import fail_fast_group
from airstep.operators.submit import SubmitJobGraph, submit_of, submitting_group

log = logging.getLogger(__name__)

SETTLE_SECONDS = 20.0
"""How long a stopped task waits for the scheduler to carry the failure down before it ends itself."""

_BLOCKED_BY_FAILURE = {"all_success", "none_failed", "none_failed_min_one_success"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailFast:
    """The fail-fast group around a task, as the task sees it."""

    task: Any
    key: TaskKey
    group: Any
    states_of: Callable[[TaskKey, str], States] = field(default=group_states)

    @classmethod
    def around(cls, task: Any, key: TaskKey) -> FailFast | None:
        """The outermost fail-fast group of a task, or None."""
        group = fail_fast_group(task)
        return cls(task=task, key=key, group=group) if group is not None else None

    def states(self) -> States:
        """The states of all tasks in the group now; in a mapped task group, of this task's item."""
        group = Branches(group_id=self.group.group_id, map_index=self._item())
        return group.own(self.states_of(self.key, group.group_id))

    def branches(self, states: States) -> Branches:
        """The group for the task's trigger: with the failures that don't concern this task."""
        failed = [label for label in states if states[label] == "failed"]
        upstream = self._related(self.key.label, self.task.get_flat_relative_ids(upstream=True), failed)
        return Branches(group_id=self.group.group_id, ignored=(self.key.label, *upstream), map_index=self._item())

    def failed_task(self, states: States) -> str | None:
        """A task whose failure stops this one, or None."""
        return self.branches(states).failed_task(states)

    def check(self) -> States:
        """Go on only while no other branch has failed: the states of all tasks in the group.

        :raises BranchStopped: one has.
        """
        states = self.states()
        if failed := self.failed_task(states):
            raise BranchStopped(self.reason(failed))
        return states

    def stop(self, states: States, *, had_job: bool) -> NoReturn:
        """End a task that has come to its turn after the failure.

        :param had_job: whether it submitted something in an earlier try.
        :raises AirflowRescheduleException: come again once the failure has reached the tasks below it.
        :raises AirflowSkipException: this task has not had a job.
        :raises BranchStopped: it had one.
        """
        failed = str(self.failed_task(states))
        if had_job:
            raise BranchStopped(self.reason(failed))
        if not self.is_settled(states):
            log.info("Not started: task %r failed; waiting for Airflow to block what depends on it", failed)
            come_again()
        self.skip_rest(states)
        raise AirflowSkipException(self.reason(failed))

    def reason(self, failed: str) -> str:
        """Why a job or task is stopped, for a person."""
        return stop_reason(self.group.group_id, failed)

    def not_started(self, states: States) -> frozenset[str]:
        """The tasks of the group that no worker has; in a mapped task group, of this task's item."""
        return frozenset(task_id for task_id, _ in with_states(states, NOT_STARTED, task_ids=self._task_ids()))

    def is_settled(self, states: States) -> bool:
        """Whether a failure stands, and Airflow has carried it down to the tasks that it blocks."""
        return self.failed_task(states) is not None and all(
            states[label] in FINISHED for label in self._blocked(states) if label in states
        )

    def skip_rest(self, states: States) -> None:
        """Skip what no worker has yet, but for the tasks below a failure, which that failure blocks."""
        skip(with_states(states, NOT_STARTED, task_ids=self._task_ids(), except_labels=self._blocked(states)))

    def end_with(self, error: BaseException, ti: Any, hook: BatchHook) -> None:
        """What a task's end for good means for the others: its own failure stops them. Nothing is raised."""
        try:
            if isinstance(error, BranchStopped):
                self.settle()
            elif not isinstance(error, TaskKilled):
                self.terminate_others(ti, hook)
        except Exception:
            log.warning("The other branches could not be stopped from here", exc_info=True)

    def settle(
        self, *, clock: Callable[[], float] = time.monotonic, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Wait until the group is settled, then skip the rest: for a task whose job was stopped."""
        limit = clock() + SETTLE_SECONDS
        while not self.is_settled(states := self.states()):
            if clock() > limit:
                log.warning("Airflow has not carried on the failure in %s: its tasks may start", self.group.group_id)
                return
            pause(0.3)
        self.skip_rest(states)

    def terminate_others(self, ti: Any, hook: BatchHook) -> None:
        """Terminate the jobs of the group's other branches: this task has failed for good."""
        states = self.states()
        below = self._related(self.key.label, self.task.get_flat_relative_ids(upstream=False), states)
        others = with_states(states, ALIVE, task_ids=self._task_ids(), except_labels=(self.key.label, *below))
        jobs: dict[str, str] = {}
        for task_id, map_index in others:
            job = ti.xcom_pull(task_ids=task_id, key="job", map_indexes=None if map_index < 0 else map_index)
            # Without one it is about to submit, and looks at the group's states when it has.
            jobs |= {job["job_id"]: task_id} if job else {}
        for job_id, task_id in (jobs := jobs | self._jobs_of_graphs(ti, states)).items():
            log.info("Terminating job %s of task %s", job_id, task_id)
        hook.terminate_all(list(jobs), self.reason(self.key.label))

    def _jobs_of_graphs(self, ti: Any, states: States) -> dict[str, str]:
        """The jobs that were submitted ahead and their tasks, also those not taken up yet, the last ones first."""
        jobs: dict[str, str] = {}
        around, within = submitting_group(self.task), self._task_ids()
        submits = {task.task_id for task in self.group.iter_tasks() if isinstance(task, SubmitJobGraph)}
        if around is not None and (submit := submit_of(around)):  # the group may lie in one that submits ahead
            submits.add(submit.task_id)
        for submit_id in sorted(submits):
            index = None if self._item() is None else self.key.map_index
            ids: Mapping[str, str] = ti.xcom_pull(task_ids=submit_id, map_indexes=index) or {}
            for task_id, job_id in reversed(list(ids.items())):
                label = replace(self.key, task_id=task_id).label
                if task_id in within and label != self.key.label and states.get(label) not in FINISHED:
                    jobs[job_id] = task_id
        return jobs

    def _item(self) -> int | None:
        """The task's map index if each item of a mapped task group has this group for itself."""
        return self.key.map_index if any(isinstance(each, MappedTaskGroup) for each in _around(self.group)) else None

    def _task_ids(self) -> set[str]:
        return {task.task_id for task in self.group.iter_tasks()}

    def _blocked(self, states: States) -> tuple[str, ...]:
        """The labels of tasks that Airflow won't run because of the failures there are."""
        task_ids, ignored = self._task_ids(), self.branches(states).ignored
        failed = [label for label in states if states[label] == "failed" and label not in ignored]
        blocked: set[str] = set()
        for label in failed:
            task_id, _ = split_label(label, task_ids)
            if task_id in task_ids:
                blocked.update(self._related(label, set(_below(self.task.dag, task_id, task_ids)), states))
        return tuple(sorted(blocked))

    def _related(self, label: str, task_ids: Collection[str], states: Iterable[str]) -> tuple[str, ...]:
        """The labels of tasks upstream or downstream of another: in a mapped group around both, of the same item."""
        task_id, index = split_label(label, self._task_ids())
        mapped = self._map_of(task_id)
        others = {other: split_label(other, task_ids) for other in labels_of(task_ids, states)}
        return tuple(
            other
            for other, (name, item) in others.items()
            if mapped is None or self._map_of(name) != mapped or -1 in (index, item) or item == index
        )

    def _map_of(self, task_id: str) -> str | None:
        """The mapped task group that a task lies in."""
        group = self.task.dag.get_task(task_id).get_closest_mapped_task_group()
        return str(group.group_id) if group is not None else None


def _around(group: Any) -> Iterator[Any]:
    """The groups that a group lies in."""
    while group := group.parent_group:
        yield group


def _below(dag: Any, task_id: str, within: set[str]) -> Iterator[str]:
    """The tasks that a failed task blocks by way of their trigger rules."""
    waiting, seen = [task_id], {task_id}
    while waiting:
        for following in sorted(dag.get_task(waiting.pop()).downstream_task_ids & within - seen):
            if dag.get_task(following).trigger_rule in _BLOCKED_BY_FAILURE:
                seen.add(following)
                waiting.append(following)
                yield following
