"""The trigger that waits for the jobs of a map."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airstep.branches import Branches
from airstep.errors import BranchStopped, JobLost, stop_reason
from airstep.hooks.aws import AwsConnection
from airstep.hooks.patience import ONCE, PATIENT, PatientClient, patiently_in_threads
from airstep.hooks.task_instances import TaskKey, own_state_async, push_xcom_async
from airstep.maps.progress import PROGRESS_KEY, Progress, ProgressMeter
from airstep.maps.rounds import Round
from airstep.pace import LONGEST
from airstep.settling import noticed_within
from airstep.triggers.batch_job import CHECK_EVERY
from airstep.triggers.branch_watch import failed_task
from airstep.triggers.endings import terminate, terminate_at_last
from airstep.triggers.map_watch import Awaited, MapWatch
from airstep.triggers.poller import SharedBatch, shared_batch


class BatchMapTrigger(BaseTrigger):
    """Waits until the task has something to do: jobs have ended, too many have failed, or its branch is stopped.

    The event is one of `{"ended": place}`, `{"stopped": reason}` (the jobs were terminated) and `{"lost": message}`.

    :param place: the S3 address of the map's round, where its jobs are listed.
    :param connection: `AwsConnection.to_dict()`.
    :param task: `TaskKey.to_dict()` of the deferred task.
    :param children: of the whole round, and `ended_before`: those of jobs that have ended, by status.
    :param all_shards: whether all open shards must have ended, or one is enough.
    :param most_failed: how many of the jobs may fail before the task is to know; None: any number.
    :param submitted_at: when jobs were last submitted, in seconds since the epoch.
    :param longest: the most seconds between two looks at a job.
    :param branches: `Branches.to_dict()`, or None for a task outside of any fail-fast group.
    """

    def __init__(
        self,
        *,
        place: str,
        connection: Mapping[str, Any],
        task: Mapping[str, Any],
        children: int,
        ended_before: Mapping[str, int],
        all_shards: bool,
        most_failed: int | None,
        submitted_at: float,
        longest: float = LONGEST,
        branches: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.place = place
        self.connection = AwsConnection(**connection)
        self.key = TaskKey(**task)
        self.children = children
        self.ended_before = dict(ended_before)
        self.all_shards = all_shards
        self.most_failed = most_failed
        self.submitted_at = submitted_at
        self.longest = longest
        self.branches = Branches.from_dict(branches) if branches else None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments that make an equal trigger in another process."""
        return "airstep.triggers.batch_map.BatchMapTrigger", {
            "place": self.place,
            "connection": self.connection.to_dict(),
            "task": self.key.to_dict(),
            "children": self.children,
            "ended_before": self.ended_before,
            "all_shards": self.all_shards,
            "most_failed": self.most_failed,
            "submitted_at": self.submitted_at,
            "longest": self.longest,
            "branches": self.branches.to_dict() if self.branches else None,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; one event."""
        settled = asyncio.get_running_loop().time() + noticed_within()
        shared = shared_batch(self.connection)
        outcome = await self._outcome(shared)
        if self.trigger_id is not None:  # `airflow dags test` runs triggers in line, beside no scheduler
            await asyncio.sleep(settled - asyncio.get_running_loop().time())
        yield TriggerEvent(outcome)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    async def on_kill(self) -> None:
        """Terminate the map's jobs if its task is finished; see `BatchJobTrigger.on_kill`."""
        state = await own_state_async(self.key)
        if state not in ("success", "failed", "skipped", "removed"):
            self.log.info("Leaving the map's jobs alone: its task is %s", state)
            return
        shared = shared_batch(self.connection)
        jobs = (await self._round(shared)).open_ids
        await terminate_at_last(shared, jobs, f"The Airflow task was set to {state}", self.log)

    async def _outcome(self, shared: SharedBatch) -> dict[str, Any]:
        round_ = await self._round(shared)
        awaited = Awaited(
            jobs={number: submitted.job_ids for number, submitted in round_.open.items()},
            all_shards=self.all_shards,
            most_failed=self.most_failed,
            submitted_at=self.submitted_at,
            longest=self.longest,
        )
        meter = ProgressMeter(self.children, self.ended_before, asyncio.get_running_loop().time)
        watch = MapWatch(
            shared.poller,
            awaited,
            meter,
            tell=self._tell,
            check=self._check,
            check_every=CHECK_EVERY,
            log=self.log,
        )
        try:
            await watch.wait()
        except JobLost as error:
            return {"lost": str(error)}
        except BranchStopped as error:
            # If AWS doesn't do it now, the task will see to it with patience, on a worker.
            await terminate(shared, round_.open_ids, str(error), self.log)
            return {"stopped": str(error)}
        return {"ended": self.place}

    async def _round(self, shared: SharedBatch) -> Round:
        def load() -> Round:
            return Round(PatientClient(shared.hook.clients.client("s3"), ONCE), self.place).load()

        return await patiently_in_threads(load, "Reading what was submitted for the map", PATIENT)

    async def _tell(self, progress: Progress) -> None:
        self.log.info("%s", progress)
        await push_xcom_async(self.key, PROGRESS_KEY, progress.to_xcom())

    async def _check(self) -> None:
        if self.branches and (failed := await failed_task(self.key, self.branches, within=CHECK_EVERY / 2)):
            raise BranchStopped(stop_reason(self.branches.group_id, failed))
