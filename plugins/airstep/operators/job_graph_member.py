"""A task of a group that submits ahead, and the job that the group submitted for it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airstep.errors import LEFT_BEHIND
from airstep.hooks.batch import DESCRIBE_LIMIT
from airstep.hooks.patience import AWS_ERRORS
from airstep.job import Job
from airstep.operators.endings import come_again
from airstep.operators.submit import jobs_of, submit_of, submitting_group
from airstep.submission import Intent

if TYPE_CHECKING:
    from airstep.submission import Jobs, Store

log = logging.getLogger(__name__)

_TAKEN = "airstep_graph_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphJob:
    """A job that the group submitted, and those that it waits for."""

    job_id: str
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMember:
    """The job that the group submitted for a task, those it waits for by task, and those behind it, the last first.

    `beside` are those of the other tasks that don't come before or behind it and have no retries; each with what it
    waits for.
    """

    ti: Any
    job_id: str
    before: Mapping[str, str]
    behind: tuple[str, ...]
    beside: Mapping[str, GraphJob]

    @classmethod
    def of(cls, task: Any, ti: Any) -> GraphMember | None:
        """What the task `submit` has left for a task; None outside of a group that has one, and where it left nothing.

        So it is when somebody marked `submit` as a success: the tasks then submit their jobs by themselves.
        """
        group = submitting_group(task)
        if group is None:
            return None
        submit = submit_of(group)
        if submit is None:
            log.warning("Group %s has no task to submit its jobs: write it as a `with` block", group.group_id)
            return None
        ids: Mapping[str, str] | None = _pull(ti, submit.task_id, "return_value")
        if not ids or task.task_id not in ids:
            log.warning("Task %s has submitted no job for this one: it submits its own", submit.task_id)
            return None
        tasks, below = jobs_of(group), task.get_flat_relative_ids(upstream=False)
        related = {task.task_id, *below, *task.get_flat_relative_ids(upstream=True)}
        return cls(
            ti=ti,
            job_id=ids[task.task_id],
            before=_before(task, ids),
            behind=tuple(ids[each] for each in reversed(list(tasks)) if each in below & set(ids)),
            beside={
                name: GraphJob(job_id=ids[name], before=tuple(_before(other, ids).values()))
                for name, other in tasks.items()
                if name in ids and name not in related and not other.retries
            },
        )

    def take_up(
        self,
        jobs: Jobs,
        store: Store | None,
        *,
        generation: int,
        try_number: int,
        request: Mapping[str, Any],
        result_uri: str | None,
    ) -> Job | None:
        """The group's job, the first time that the task asks for it; None when the task is to get another.

        Then an earlier try took it up, perhaps before the task was cleared; or a task before this one has had another
        job than the one that this job waited for. The arguments are those of `obtain_job`.
        """
        if try_number > 1 if store is None else store.get(_TAKEN) == self.job_id:
            return None
        previous = Intent.load(store)
        job = jobs.describe([self.job_id]).get(self.job_id) or Job(
            job_id=self.job_id,
            job_name=request["jobName"],
            queue=request["jobQueue"],
            definition=request["jobDefinition"],
            status="SUBMITTED",
        )
        if previous is not None and previous.job_id is not None:
            _end(jobs, jobs.describe([previous.job_id]).get(previous.job_id))
        Intent(
            generation=generation,
            round=previous.round if previous else 0,
            job_name=job.job_name,
            job_queue=request["jobQueue"],
            job_id=self.job_id,
            result_uri=result_uri,
        ).save(store)
        if store is not None:
            store.set(_TAKEN, self.job_id)
        if self._is_outdated():
            _end(jobs, job)
            return None
        return None if self.never_had_a_chance(jobs, job) else job

    def never_had_a_chance(self, jobs: Jobs, job: Job) -> bool:
        """Whether a job is the group's and failed because of a job before it: the task is to submit it anew."""
        if job.job_id != self.job_id or not job.ended or job.succeeded:
            return False
        if (job.status_reason or "").startswith(LEFT_BEHIND):
            return True
        described = jobs.describe(list(self.before.values())) if self.before else {}
        return any(each.ended and not each.succeeded for each in described.values())

    def make_way(self, jobs: Jobs, job: Job, waiting: Collection[str]) -> None:
        """Let another task have its turn whose job has failed: it stops the others when it takes up its job.

        `airflow dags test` has only one task run at a time, and a scheduler only so many. Where AWS doesn't answer, the
        task goes on, and looks again later.

        :param job: the job that the task is to wait for.
        :param waiting: the tasks that wait for their turn.
        :raises AirflowRescheduleException: there is such a task.
        """
        if job.job_id != self.job_id or job.ended:
            return
        try:
            failed = self.failed_beside(jobs, waiting)
        except AWS_ERRORS as error:
            log.warning("The jobs of the other branches can't be looked at now: %s", error)
            return
        if failed:
            log.info("The job of task %r has failed: this task makes way for it", failed)
            come_again()

    def failed_beside(self, jobs: Jobs, waiting: Collection[str]) -> str | None:
        """One of the tasks that wait for their turn whose job has had its own, and failed; None while there is none."""
        beside = {name: job for name, job in self.beside.items() if name in waiting}
        ids = list(dict.fromkeys(each for job in beside.values() for each in (job.job_id, *job.before)))
        described: dict[str, Job] = {}
        for start in range(0, len(ids), DESCRIBE_LIMIT):
            described |= jobs.describe(ids[start : start + DESCRIBE_LIMIT])
        return next(
            (
                name
                for name, job in beside.items()
                if (found := described.get(job.job_id)) is not None
                and found.ended
                and not found.succeeded
                and all(each in described and described[each].succeeded for each in job.before)
            ),
            None,
        )

    def _is_outdated(self) -> bool:
        """Whether a task before this one has another job by now than the one that this task's job waited for."""
        return any(
            (_pull(self.ti, task_id, "job") or {}).get("job_id", job_id) != job_id
            for task_id, job_id in self.before.items()
        )


def _before(task: Any, ids: Mapping[str, str]) -> dict[str, str]:
    """The jobs that a task's own waits for, by task."""
    return {name: ids[name] for name in sorted(task.upstream_task_ids & set(ids))}


def _pull(ti: Any, task_id: str, key: str) -> Any:
    """An XCom of a task of the group; in a mapped task group, of the same item."""
    index = ti.map_index if ti.map_index is not None and ti.map_index >= 0 else None
    return ti.xcom_pull(task_ids=task_id, key=key, map_indexes=index)


def _end(jobs: Jobs, job: Job | None) -> None:
    """End a job, if it lives, whose place another one takes."""
    if job is not None and not job.ended:
        log.info("Terminating job %s: the task gets another", job.job_id)
        jobs.terminate(job.job_id, "The Airflow task was cleared, or one before it")
