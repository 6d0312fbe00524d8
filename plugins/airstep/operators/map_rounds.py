"""The plan that a try of a map works on: an earlier try's, or one for what has not succeeded yet.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airstep.errors import CLEARED
from airstep.hooks.batch import BatchHook
from airstep.hooks.patience import PATIENT, PatientClient
from airstep.hooks.task_instances import TaskKey
from airstep.maps.plan import MapPlace, Plan, read_plan
from airstep.maps.rounds import Round
from airstep.operators.endings import come_again, is_last_try
from airstep.operators.map_jobs import MapJobs, request_of_item
from airstep.operators.map_planning import MapIntent, new_plan
from airstep.operators.map_work import MapWork
from airstep.submission import IN_FLIGHT

if TYPE_CHECKING:
    from airstep.operators.batch_map import BatchMapOperator
    from airstep.submission import Store

log = logging.getLogger(__name__)


class MapRounds:
    """The rounds of a task instance's map: a retry takes up the last one if it lives, a cleared task never does.

    :param check: called before each job is submitted; ends the submitting by raising.
    """

    def __init__(
        self,
        operator: BatchMapOperator,
        key: TaskKey,
        ti: Any,
        hook: BatchHook,
        store: Store | None,
        *,
        check: Callable[[], None],
    ) -> None:
        self._operator = operator
        self._key = key
        self._ti = ti
        self._hook = hook
        self._store = store
        self._check = check

    @cached_property
    def s3(self) -> Any:
        """A client of S3."""
        return PatientClient(self._hook.clients.client("s3"), PATIENT)

    @cached_property
    def place(self) -> MapPlace:
        """Where the map lies in S3."""
        key = self._key
        return MapPlace.of(self._operator.results, key.dag_id, key.run_id, key.task_id, key.map_index)

    def earlier(self, *, adopting: bool) -> MapWork | None:
        """What was begun before: by another process of this try, or by an earlier try.

        :param adopting: whether jobs may be there that nobody came to note.
        """
        intent = MapIntent.load(self._store)
        if intent is None:
            return None
        place = self.place.round(intent.round)
        plan = read_plan(self.s3, place)
        if plan is None:
            return None  # nothing has been submitted
        # A try that goes on with an earlier one's plan has a time of its own.
        intent = replace(intent, began=time.time()) if adopting else intent
        return self._work(intent, plan, Round(self.s3, place).load(), adopting=adopting)

    def next(self, earlier: MapWork | None) -> MapWork:
        """What this try works on.

        :raises ItemsInvalid: the items can't be read.
        :raises AirflowRescheduleException: come again, jobs of an earlier plan are being stopped, or on their way.
        """
        before = MapIntent.load(self._store)
        ours = before is not None and before.generation == self._ti.max_tries and not before.over
        if earlier is not None and ours:
            earlier.jobs.note_ends(earlier.plan.shards)
            if not earlier.has_failed:
                log.info("Going on with the plan of an earlier try")
                self._wait_for_what_is_on_its_way(earlier)
                earlier.intent.save(self._store)
                return earlier
        elif earlier is not None:
            self._end(earlier)
        # The number of a plan that was never finished is free.
        number = 1 if before is None else before.round + (0 if ours and earlier is None else 1)
        return self.anew(number if self._store is not None else self._ti.try_number)

    def anew(self, number: int) -> MapWork:
        """A new plan, as the round of this number."""
        intent = MapIntent(generation=self._ti.max_tries, round=number, began=time.time())
        intent.save(self._store)
        request = request_of_item(self._operator)
        children = self._operator.shard_size.children
        plan = new_plan(self._operator, self.s3, self.place, request, round_=number, children=children)
        return self._work(intent, plan, Round(self.s3, self.place.round(number)), adopting=False)

    def _work(self, intent: MapIntent, plan: Plan, round_: Round, *, adopting: bool) -> MapWork:
        jobs = MapJobs(
            self._operator,
            self._key,
            self._hook,
            self.s3,
            round_,
            base=self.place.base,
            number=intent.round,
            adopting=adopting,
            check=self._check,
        )
        return MapWork(
            operator=self._operator,
            s3=self.s3,
            base=self.place.base,
            intent=intent,
            plan=plan,
            round=round_,
            jobs=jobs,
            is_last=is_last_try(self._ti),
        )

    def _wait_for_what_is_on_its_way(self, work: MapWork) -> None:
        """Go on if the job that a process may have been submitting as it died is there, or missing for long enough.

        :raises AirflowRescheduleException: come again, it may yet appear.
        """
        number = work.next_shard
        if number is None or not work.jobs.missing(number, work.plan.shards[number]):
            return
        missed_at = work.intent.missed_at or time.time()
        replace(work.intent, missed_at=missed_at).save(self._store)
        if time.time() - missed_at < IN_FLIGHT:
            log.info("Whether an earlier process has submitted more jobs is seen soon")
            come_again()

    def _end(self, work: MapWork) -> None:
        """See to it that nothing of an earlier round works any more.

        :raises AirflowRescheduleException: come again, something still does.
        """
        jobs = [job for job in work.jobs.described().values() if not job.ended]
        if live := [job.job_id for job in jobs if not job.stopping]:
            log.info("Terminating %d jobs of an earlier plan", len(live))
            self._hook.terminate_all(live, CLEARED)
        if any(job.has_container for job in jobs):
            log.info("Jobs of an earlier plan are being stopped: others are submitted when they have ended")
            come_again()
