"""One job for one task round: what is remembered before and after SubmitJob, and what to do with what was found."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from airstep.errors import CLEARED
from airstep.job import Job
from airstep.job_names import unique_name
from airstep.operators.endings import come_again

log = logging.getLogger(__name__)

STORE_KEY = "airstep_job"

IN_FLIGHT = 5.0
"""Seconds for which the SubmitJob of a process that died may still be on its way, or its job not be listed yet."""


class Store(Protocol):
    """Airflow's `task_state_store`: lives as long as the task instance, through retries and clears."""

    def get(self, key: str) -> Any:
        """The value, or None."""

    def set(self, key: str, value: Any) -> None:
        """Keep the value."""


class Jobs(Protocol):
    """What a submission needs of AWS Batch: `hooks.batch.BatchHook`."""

    def submit(self, request: Mapping[str, Any]) -> str:
        """The new job's id."""

    def describe(self, job_ids: list[str]) -> dict[str, Job]:
        """The jobs by id."""

    def find(self, name: str, queue: str) -> Job | None:
        """The newest job of a name."""

    def terminate(self, job_id: str, reason: str) -> None:
        """End a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A job that was asked for. `job_id` is None until AWS answered; `round` counts the jobs of a task instance.

    `generation` is the task instance's max_tries, which grows whenever somebody clears it, and only then: a retry
    may adopt the job of an earlier try, a cleared task never does. `result_uri` is where the job was told to write its
    result: a template may say another place by now. `missed_at` is when a job without an id was first looked for
    in vain, in seconds since the epoch.
    """

    generation: int
    round: int
    job_name: str
    job_queue: str
    job_id: str | None = None
    result_uri: str | None = None
    missed_at: float | None = None

    @classmethod
    def load(cls, store: Store | None) -> Intent | None:
        """The intent that was stored last, or None."""
        value = store.get(STORE_KEY) if store is not None else None
        return cls(**value) if value else None

    def save(self, store: Store | None) -> None:
        """Keep the intent for a later try."""
        if store is not None:
            store.set(STORE_KEY, asdict(self))


def obtain_job(
    jobs: Jobs,
    request: Mapping[str, Any],
    *,
    identity: tuple[str, str, *tuple[str | int, ...]],
    generation: int,
    try_number: int,
    store: Store | None,
    result_uri: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Job:
    """The one job of this try: the one an earlier try left behind if it lives or succeeded, else a new one.

    A job that is being stopped, as after an `execution_timeout`, is none to adopt; a new one is submitted when it has
    ended: two jobs of one task might write to the same place. Until then the task leaves and comes again, as to wait
    here would count for the time limit of the new job. Likewise when a process died as it submitted a job that isn't
    there: it may yet appear.

    :param request: the SubmitJob request, its name without the digits that tell jobs apart.
    :param identity: DAG, run, task and map index.
    :param generation: the task instance's max_tries.
    :param try_number: counts the rounds where there is no store.
    :param result_uri: where the request tells the job to write its result.
    :param clock: seconds since the epoch.
    :raises AirflowRescheduleException: come again, an earlier job is being stopped, or may be on its way.
    """
    before = Intent.load(store)
    job = _job_of(jobs, before) if before else None
    if job and job.stopping and not job.ended and job.has_container:
        log.info("Job %s (%s) is being stopped: another is submitted when it has ended", job.job_name, job.job_id)
        come_again()
    if before and before.job_id is None and job is None:
        _wait_for_what_is_on_its_way(before, store, clock())
    if before and job and before.generation == generation and _is_of_use(job):
        log.info("Adopting job %s (%s, %s), submitted by an earlier try", job.job_name, job.job_id, job.status)
        replace(before, job_id=job.job_id).save(store)
        return job
    if before and job and not job.ended and not job.stopping:
        log.info("The task was cleared: terminating its job %s", job.job_id)
        jobs.terminate(job.job_id, CLEARED)
    round_ = _next_round(before, job, generation) if before else 1
    if store is None:
        round_ = try_number
    name = unique_name(request["jobName"], *identity, round_)
    intent = Intent(
        generation=generation, round=round_, job_name=name, job_queue=request["jobQueue"], result_uri=result_uri
    )
    intent.save(store)
    job_id = jobs.submit({**request, "jobName": name})
    replace(intent, job_id=job_id).save(store)
    return Job(
        job_id=job_id,
        job_name=name,
        queue=request["jobQueue"],
        definition=request["jobDefinition"],
        status="SUBMITTED",
    )


def _is_of_use(job: Job) -> bool:
    return job.succeeded or not (job.ended or job.stopping)


def _job_of(jobs: Jobs, intent: Intent) -> Job | None:
    if intent.job_id:
        return jobs.describe([intent.job_id]).get(intent.job_id)
    return jobs.find(intent.job_name, intent.job_queue)


def _wait_for_what_is_on_its_way(intent: Intent, store: Store | None, now: float) -> None:
    """Go on if the job of a process that died as it submitted it has been missing for long enough.

    :raises AirflowRescheduleException: come again, it may yet appear.
    """
    if intent.missed_at is None:
        replace(intent, missed_at=now).save(store)
    if now - (intent.missed_at or now) < IN_FLIGHT:
        log.info("Whether job %s, about to be submitted by an earlier process, is there is seen soon", intent.job_name)
        come_again()


def _next_round(before: Intent, job: Job | None, generation: int) -> int:
    """The same round only where an intent never became a job: then its name is still free."""
    never_submitted = before.job_id is None and job is None
    return before.round if never_submitted and before.generation == generation else before.round + 1
