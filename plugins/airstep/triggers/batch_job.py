"""The trigger that waits for one Batch job."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airstep.branches import Branches
from airstep.errors import JobLost, left_behind, stop_reason
from airstep.hooks.aws import AwsConnection
from airstep.hooks.task_instances import TaskKey, own_state_async
from airstep.job import Job
from airstep.pace import LONGEST
from airstep.settling import noticed_within
from airstep.triggers.branch_watch import failed_task
from airstep.triggers.endings import terminate, terminate_at_last
from airstep.triggers.poller import SharedBatch, shared_batch

CHECK_EVERY = 10.0
"""Seconds between two looks at the states of a fail-fast group."""


class BatchJobTrigger(BaseTrigger):
    """Waits until a job has ended, or until a task of its fail-fast group has failed.

    The event is one of `{"job": description}`, `{"stopped": reason}` (the job was terminated) and `{"lost": job id}`.

    :param job_id: the job.
    :param connection: `AwsConnection.to_dict()`.
    :param task: `TaskKey.to_dict()` of the deferred task.
    :param submitted_at: when the job was submitted, in seconds since the epoch: its age paces the looks at it.
    :param longest: the most seconds between two looks.
    :param behind: jobs that wait for this one and end with it, the last one first.
    :param branches: `Branches.to_dict()`, or None for a task outside of any fail-fast group.
    """

    def __init__(
        self,
        *,
        job_id: str,
        connection: Mapping[str, Any],
        task: Mapping[str, Any],
        submitted_at: float,
        longest: float = LONGEST,
        behind: Sequence[str] = (),
        branches: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.job_id = job_id
        self.connection = AwsConnection(**connection)
        self.key = TaskKey(**task)
        self.submitted_at = submitted_at
        self.longest = longest
        self.behind = tuple(behind)
        self.branches = Branches.from_dict(branches) if branches else None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments that make an equal trigger in another process."""
        return "airstep.triggers.batch_job.BatchJobTrigger", {
            "job_id": self.job_id,
            "connection": self.connection.to_dict(),
            "task": self.key.to_dict(),
            "submitted_at": self.submitted_at,
            "longest": self.longest,
            "behind": list(self.behind),
            "branches": self.branches.to_dict() if self.branches else None,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; one event."""
        settled = asyncio.get_running_loop().time() + noticed_within()
        shared = shared_batch(self.connection)
        age = max(time.time() - self.submitted_at, 0.0)
        waiting = asyncio.create_task(shared.poller.wait(self.job_id, age=age, longest=self.longest))
        try:
            outcome = await self._outcome(shared, waiting)
            if self.trigger_id is not None:  # `airflow dags test` runs triggers in line, beside no scheduler
                await asyncio.sleep(settled - asyncio.get_running_loop().time())
            yield TriggerEvent(outcome)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        finally:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError, JobLost):
                await waiting

    async def on_kill(self) -> None:
        """Terminate the job if its task is finished.

        Airflow calls this for a task that was marked or whose run failed, but also when a stalled triggerer finds its
        triggers moved to another: then the task is still deferred, and the job is still wanted. A cleared task's job is
        terminated by its next try.
        """
        state = await own_state_async(self.key)
        if state not in ("success", "failed", "skipped", "removed"):
            self.log.info("Leaving job %s alone: its task is %s", self.job_id, state)
            return
        shared = shared_batch(self.connection)
        await terminate_at_last(shared, [self.job_id], f"The Airflow task was set to {state}", self.log)
        if state != "success":
            await terminate_at_last(shared, self.behind, left_behind(self.key.task_id), self.log)

    async def _outcome(self, shared: SharedBatch, waiting: asyncio.Task[Job]) -> dict[str, Any]:
        trouble: str | None = None
        while True:
            await asyncio.wait({waiting}, timeout=CHECK_EVERY)
            if waiting.done():
                try:
                    return {"job": waiting.result().to_xcom()}
                except JobLost:
                    return {"lost": self.job_id}
            if shared.poller.trouble != trouble:
                trouble = shared.poller.trouble
                self.log.warning("Waiting for job %s: %s", self.job_id, trouble or "AWS answers again")
            if self.branches and (failed := await failed_task(self.key, self.branches, within=CHECK_EVERY / 2)):
                reason = stop_reason(self.branches.group_id, failed)
                # If AWS doesn't do it now, the task will see to it with patience, on a worker.
                await terminate(shared, [self.job_id], reason, self.log)
                return {"stopped": reason}
