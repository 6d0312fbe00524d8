"""The jobs of a map's round: how they are submitted, and what became of them.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airstep.errors import TASK_STOPPED, ItemsInvalid, SubmissionRejected
from airstep.hooks.batch import DESCRIBE_LIMIT, BatchHook
from airstep.hooks.task_instances import TaskKey
from airstep.items import has_field
from airstep.job import Job
from airstep.job_names import unique_name
from airstep.maps.ends import ChildEnd
from airstep.maps.json_text import json_text
from airstep.maps.requests import array_request, for_item, for_shard
from airstep.maps.rounds import Round, Submitted
from airstep.maps.shards import Shard, read_shard
from airstep.maps.succeeded import mark_succeeded
from airstep.operators.fields import with_numbers
from airstep.spec import submit_job_request

if TYPE_CHECKING:
    from airstep.operators.batch_map import BatchMapOperator

log = logging.getLogger(__name__)


class MapJobs:
    """Submits the shards of a round and takes note of their ends.

    :param s3: a boto3 client.
    :param base: `s3://bucket/prefix` of the map.
    :param number: of the round: it makes the jobs' names.
    :param adopting: whether an earlier try may have submitted jobs that it did not come to note.
    :param check: called before each job; ends the submitting by raising.
    """

    def __init__(
        self,
        operator: BatchMapOperator,
        key: TaskKey,
        hook: BatchHook,
        s3: Any,
        round_: Round,
        *,
        base: str,
        number: int,
        adopting: bool,
        check: Callable[[], None],
    ) -> None:
        self._operator = operator
        self._key = key
        self._hook = hook
        self._s3 = s3
        self._round = round_
        self._base = base
        self._number = number
        self._adopting = adopting
        self._check = check
        self.failed_open = 0
        """How many jobs of shards that have not ended have failed."""
        self.ended_elsewhere = False
        """Whether an earlier process of the task has ended a job that this one waited for."""
        self._unnoted: list[str] = []
        self._unanswered: tuple[str, str] | None = None

    def unnoted(self, hook: BatchHook) -> list[str]:
        """The jobs that the round doesn't know: submitted just now, or perhaps, as the call was interrupted."""
        found = hook.find(*self._unanswered) if self._unanswered else None
        return [*self._unnoted, *([found.job_id] if found else [])]

    def missing(self, number: int, shard: Shard) -> str | None:
        """The name of a shard's first job that isn't there; None if all are."""
        request = request_of_item(self._operator)
        parts = [(number,)] if self._is_array else [(number, index) for index in range(shard.children)]
        for part in parts:
            # In the strategy "jobs" an item's field may be in the name: then its job is looked for as it is submitted.
            name = self._name(request["jobName"], *part)
            if not has_field(name) and not self._hook.find(name, request["jobQueue"]):
                return name
        return None

    @property
    def _is_array(self) -> bool:
        return bool(self._operator.strategy == "array")

    @cached_property
    def _array_request(self) -> Mapping[str, Any]:
        return array_request(request_of_item(self._operator), runner=self._operator.runner)

    def submit(self, number: int, shard: Shard) -> None:
        """Submit a shard's jobs, but for those that an earlier try has submitted and not come to note.

        :raises SubmissionRejected: AWS refuses an array job; a single item's job is noted as refused.
        """
        if self._is_array:
            job_id = self._obtain(for_shard(self._array_request, shard), number)
            self._note(number, Submitted(job_ids=(job_id,)))
            log.info("Shard %d: job %s of %s children", number, job_id, f"{shard.children:,}")
            return
        request = request_of_item(self._operator)
        ids: list[str] = []
        refused: dict[int, str] = {}
        for index, (item,) in enumerate(read_shard(self._s3, shard)):
            try:
                ids.append(self._obtain(for_item(request, item.value), number, index))
            except (ValueError, SubmissionRejected) as error:
                refused[index] = str(error)
        self._note(number, Submitted(job_ids=tuple(ids), refused=refused))

    def note_ends(self, shards: tuple[Shard, ...]) -> None:
        """Ask AWS about all jobs that are open, and note the shards whose jobs have all ended."""
        described = self.described()
        self.failed_open = 0
        for number, submitted in self._round.open.items():
            jobs = [described.get(job_id) for job_id in submitted.job_ids]
            if all(job is not None and job.ended for job in jobs):
                self._end(number, shards[number], submitted, [job for job in jobs if job is not None])
            elif not self._is_array:
                self.failed_open += sum(job is not None and job.ended and not job.succeeded for job in jobs)

    def described(self) -> dict[str, Job]:
        """All open jobs that AWS knows."""
        ids = self._round.open_ids
        found: dict[str, Job] = {}
        for start in range(0, len(ids), DESCRIBE_LIMIT):
            found |= self._hook.describe(ids[start : start + DESCRIBE_LIMIT])
        return found

    def _obtain(self, request: Mapping[str, Any], *part: int) -> str:
        """The id of a job: the one of this name that an earlier try has submitted, or a new one."""
        self._check()
        name = self._name(request["jobName"], *part)
        if self._adopting:
            if found := self._hook.find(name, request["jobQueue"]):
                log.info("Adopting job %s (%s), submitted by an earlier try", name, found.job_id)
                self._unnoted.append(found.job_id)
                return found.job_id
            self._adopting = False  # jobs are submitted in order
        self._unanswered = name, request["jobQueue"]
        job_id = self._hook.submit({**request, "jobName": name})
        self._unnoted.append(job_id)
        self._unanswered = None
        return job_id

    def _name(self, job_name: str, *part: int) -> str:
        key = self._key
        parts: tuple[str | int, ...] = (key.task_id, key.map_index, "map", self._number, *part)
        return unique_name(job_name, key.dag_id, key.run_id, *parts)

    def _note(self, number: int, submitted: Submitted) -> None:
        self._round.note_submitted(number, submitted)
        self._unnoted.clear()

    def _end(self, number: int, shard: Shard, submitted: Submitted, jobs: list[Job]) -> None:
        reasons = (job.status_reason or "" for job in jobs if not job.succeeded)
        self.ended_elsewhere = self.ended_elsewhere or any(reason.startswith(TASK_STOPPED) for reason in reasons)
        if self._is_array:
            failed = list(self._failed_children(jobs[0]))
        else:
            failed = list(self._failed_items(shard, submitted, jobs))
        self._round.note_end(number, failed)
        log.info("Shard %d has ended: %d of %s children failed", number, len(failed), f"{shard.children:,}")

    def _failed_children(self, job: Job) -> Iterator[ChildEnd]:
        if job.succeeded:
            return
        if job.array_size is None:
            yield _end_of(0, job)
            return
        yield from self._hook.failed_child_ends(job.job_id)

    def _failed_items(self, shard: Shard, submitted: Submitted, jobs: list[Job]) -> Iterator[ChildEnd]:
        """The items that failed; those that succeeded are marked, as no runner in their job has done it."""
        children = read_shard(self._s3, shard)
        with_job = [index for index in range(len(children)) if index not in submitted.refused]
        good = [(children[index][0], job) for index, job in zip(with_job, jobs, strict=True) if job.succeeded]
        marks = (
            (item.id, json_text({"item": item.value, "jobId": job.job_id, "exitCode": job.exit_code}).encode())
            for item, job in good
        )
        mark_succeeded(self._s3, self._base, marks)
        yield from (ChildEnd(index=index, reason=reason) for index, reason in submitted.refused.items())
        yield from (_end_of(index, job) for index, job in zip(with_job, jobs, strict=True) if not job.succeeded)


def request_of_item(operator: BatchMapOperator) -> Mapping[str, Any]:
    """SubmitJob's request for an item of a map whose fields are rendered, the item's fields unfilled.

    :raises ItemsInvalid: a rendered value can't be right.
    """
    try:
        return with_numbers(submit_job_request(operator.spec()))
    except ValueError as error:
        raise ItemsInvalid(f"BatchMapOperator {operator.task_id!r}: {error}") from error


def _end_of(index: int, job: Job) -> ChildEnd:
    reason = job.status_reason or "AWS gives no reason"
    code = "" if job.exit_code is None else f" (exit code {job.exit_code})"
    return ChildEnd(index=index, reason=f"{reason}{code}", started=job.started_at is not None)
