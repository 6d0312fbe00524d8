"""One try of a map: its plan, its jobs, and what became of its items.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import TaskDeferralTimeout

from airstep.errors import ItemsFailed, ItemsInvalid, JobLost, JobTimedOut, TaskKilled
from airstep.hooks.batch import BatchHook
from airstep.hooks.patience import ONCE
from airstep.links import Console
from airstep.maps.progress import PROGRESS_KEY, Progress
from airstep.maps.results import ResultsWriter, Summary
from airstep.operators.endings import is_last_try
from airstep.operators.fail_fast import FailFast
from airstep.operators.map_fields import map_problems
from airstep.operators.map_planning import MapIntent
from airstep.operators.map_rounds import MapRounds
from airstep.operators.map_work import MapWork
from airstep.operators.one_try import TryEnd, key_of, seen_through, stop_before_start
from airstep.operators.request import connection_of
from airstep.results import named_results
from airstep.triggers.batch_job import CHECK_EVERY
from airstep.triggers.batch_map import BatchMapTrigger
from airstep.triggers.map_watch import MapWatch
from airstep.triggers.poller import JobPoller

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_map import BatchMapOperator
    from airstep.submission import Store

log = logging.getLogger(__name__)


class MapRun:
    """What a BatchMapOperator's task does in one process.

    :param hook: AWS Batch; by default as the operator's connection says.
    """

    def __init__(self, operator: BatchMapOperator, context: Context, *, hook: BatchHook | None = None) -> None:
        self.operator = operator
        self.ti: Any = context["ti"]
        self.key = key_of(self.ti)
        self.hook = hook or BatchHook(connection_of(operator))
        self.store: Store | None = context.get("task_state_store")
        self.fail_fast = FailFast.around(operator, self.key)
        self.work: MapWork | None = None
        self.rounds = MapRounds(operator, self.key, self.ti, self.hook, self.store, check=self._stop_if_killed)

    # -- steps -----------------------------------------------------------------------------------------------------

    def stop_before_start(self) -> None:
        """Submit nothing for a task that a choice skips, or whose fail-fast group has failed; see `one_try`."""

        def had_jobs() -> bool:
            self.resume()
            return MapIntent.load(self.store) is not None

        stop_before_start(self.operator, self.ti, self.fail_fast, had_jobs=had_jobs)

    def begin(self) -> None:
        """Take up the plan that an earlier try works on, or make a new one.

        :raises ItemsInvalid: a field is wrong, or the items can't be read.
        :raises AirflowRescheduleException: come again, jobs of an earlier plan are being stopped.
        """
        # Known from here on: should this try fail, what the earlier one has left is ended.
        self.work = self.rounds.earlier(adopting=True)
        if found := list(map_problems(self.operator)):
            raise ItemsInvalid("\n".join(f"BatchMapOperator {self.key.task_id!r}: {sentence}" for sentence in found))
        self.work = self.rounds.next(self.work)

    def resume(self) -> None:
        """Go on with the plan that was stored."""
        self.work = self.rounds.earlier(adopting=False)

    def go_on(self) -> bool:
        """Do what there is to do now; whether there is something to wait for then.

        :raises SubmissionRejected: AWS refuses the jobs.
        """
        work = self._known()
        waits = work.advance(self._check)
        if waits and work.is_stopping:
            work.terminate(self.hook, "More items of the map have failed than are tolerated")
        return waits

    def is_to_be_repeated(self) -> bool:
        """Whether jobs were ended by an earlier process of the task, which Airflow had given up; see `JobRun`."""
        return self._known().jobs.ended_elsewhere and not self.operator.killed

    def plan_anew(self) -> None:
        """Make another plan in the same try."""
        log.info("Jobs were ended by an earlier process of this task: planning what is left anew")
        self.work = self.rounds.anew(self._known().intent.round + 1)

    def trigger(self) -> BatchMapTrigger:
        """What waits for the jobs in the triggerer."""
        work = self._known()
        awaited = work.awaited()
        branches = self.fail_fast.branches(self.fail_fast.states()) if self.fail_fast else None
        return BatchMapTrigger(
            place=work.round.place,
            connection=self.hook.connection.to_dict(),
            task=self.key.to_dict(),
            children=work.children,
            ended_before=work.ended_children(),
            all_shards=awaited.all_shards,
            most_failed=awaited.most_failed,
            submitted_at=awaited.submitted_at,
            longest=awaited.longest,
            branches=branches.to_dict() if branches else None,
        )

    def wait(self) -> None:
        """Wait here until there is something to do."""
        self.hook.prepare()
        asyncio.run(self._wait(self._known()))

    def finish(self) -> dict[str, Any]:
        """The counts of a map that went well, and where it is told what became of each item.

        :raises ItemsFailed: items failed, and there are retries left; or more than are tolerated.
        """
        summary = self._summary(self._known())
        self.operator.console = Console(region=self.hook.region, partition=self.hook.partition)
        self.operator.manifest = summary.manifest
        self._stop_if_killed()
        counts = f"{summary.succeeded:,} of {summary.items:,} items succeeded, {summary.failed:,} failed"
        counts += f", {summary.pending:,} were not begun" if summary.pending else ""
        counts += f"; see {summary.manifest}"
        shown = "".join(f"\n  {each}" for each in summary.failures)
        if not is_last_try(self.ti) and summary.failed + summary.pending:
            raise ItemsFailed(f"{counts}; what has failed is tried again{shown}")
        if summary.pending or summary.failed > self.operator.tolerance.most(summary.items):
            raise ItemsFailed(f"{counts} (tolerated: {self.operator.tolerance}){shown}")
        log.info("%s", counts)
        result = summary.to_json()
        for key, value in named_results(result).items() if self.operator.do_xcom_push else ():
            self.ti.xcom_push(key=key, value=value)
        return result

    def time_left(self) -> timedelta | None:
        """What is left of the task's execution_timeout, counted from when the round began."""
        limit: timedelta | None = self.operator.execution_timeout
        if limit is None:
            return None
        return max(limit - timedelta(seconds=time.time() - self._known().intent.began), timedelta(seconds=1))

    # -- the end ---------------------------------------------------------------------------------------------------

    def seen_through(self) -> contextlib.AbstractContextManager[None]:
        """Whatever ends the task: no job is left that nobody will use, and no branch goes on that should not."""
        return seen_through(self.ti, self.fail_fast, hook=lambda: self.hook, leave=self._leave)

    @contextlib.contextmanager
    def timed_out(self) -> Iterator[None]:
        """Turns Airflow's word for a deferral that took too long into ours."""
        try:
            yield
        except TaskDeferralTimeout as error:
            limit = f"the execution_timeout of {self.operator.execution_timeout}"
            raise JobTimedOut(f"The map's jobs did not end within {limit}") from error

    def kill(self, reason: str) -> None:
        """End the map's jobs: from a signal handler, which may have interrupted a call."""
        if self.work is not None:
            hook = self.hook.fresh()
            self.work.terminate(hook, reason, unnoted=self.work.jobs.unnoted(hook))

    def _leave(self, end: TryEnd, hook: BatchHook) -> None:
        """No more of this round, if its jobs are not to be taken up: they are stopped, or have failed."""
        if self.work is None or not (end.leaves_nothing or isinstance(end.error, ItemsFailed | JobLost)):
            return
        try:
            if end.leaves_nothing:
                self.work.terminate(hook, end.reason, unnoted=self.work.jobs.unnoted(hook))
            replace(self.work.intent, over=True).save(self.store)
        except Exception:
            log.warning("The map's jobs could not be left in order", exc_info=True)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _known(self) -> MapWork:
        if self.work is None:
            raise JobLost("the map has no plan: its task was deferred by another version of airstep")
        return self.work

    async def _wait(self, work: MapWork) -> None:
        checked = time.monotonic()

        async def tell(progress: Progress) -> None:
            log.info("%s", progress)
            self.ti.xcom_push(key=PROGRESS_KEY, value=progress.to_xcom())

        async def check() -> None:
            nonlocal checked
            self._stop_if_killed()
            if time.monotonic() - checked > CHECK_EVERY:
                checked = time.monotonic()
                self._check()

        hook = self.hook.with_patience(ONCE)  # the poller has a backing off of its own
        poller = JobPoller(lambda ids: asyncio.to_thread(hook.describe, ids))
        meter = work.meter(time.monotonic)
        await MapWatch(poller, work.awaited(), meter, tell=tell, check=check, check_every=1.0, log=log).wait()

    def _summary(self, work: MapWork) -> Summary:
        """What became of all items, written to S3."""
        run = f"{self.key.dag_id}/{self.key.run_id}/{self.key.label}"
        writer = ResultsWriter(self.rounds.s3, self.rounds.place.run, run=run)
        for end in work.item_ends():
            writer.add(end)
        return writer.finish()

    def _check(self) -> None:
        self._stop_if_killed()
        if self.fail_fast:
            self.fail_fast.check()

    def _stop_if_killed(self) -> None:
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop; its jobs were terminated")
