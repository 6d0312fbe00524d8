"""What is left of a run on AWS: its jobs that have not ended, known by their names alone, and their end.

It asks Airflow nothing: the run may have been deleted, and its database with it. Import this module when it is to be
used, not when a DAG is parsed: it loads boto3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from airstep.hooks.batch import BatchHook
from airstep.job_names import is_of_run, run_digits

_STATUSES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "RUNNABLE")
"""In the order in which a job comes through them, so that none slips by; one that AWS Batch retries goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A job of the run that has not ended; of an array job the parent. `age` is the time since its submission."""

    job_id: str
    name: str
    queue: str
    status: str
    age: timedelta
    stopping: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A DAG run, as Airflow names it."""

    dag_id: str
    run_id: str

    @property
    def reason(self) -> str:
        """The terminate reason of the jobs that are left of it."""
        return f"Left of run {self.run_id} of DAG {self.dag_id}, ended by airstep reap"


def leftovers(hook: BatchHook, run: Run, *, now: float, queues: Sequence[str] = ()) -> tuple[Leftover, ...]:
    """The jobs of a run that have not ended, oldest first.

    :param now: the time in seconds since 1970.
    :param queues: names or ARNs of the queues to look into; none means all queues of account and region.
    :raises ClientError: AWS says no, as to a queue that isn't there.
    :raises BotoCoreError: AWS can't be asked.
    """
    found = {each.job_id: each for each in _listed(hook, run, queues or hook.queues(), now)}
    return tuple(sorted(found.values(), key=lambda each: (-each.age, each.name, each.job_id)))


def reap(hook: BatchHook, run: Run, jobs: Sequence[Leftover]) -> dict[str, Exception]:
    """End jobs of a run, the youngest first, as it may wait for an older one; those that AWS did not end, and why."""
    return hook.terminate_all([each.job_id for each in reversed(jobs)], run.reason)


def _listed(hook: BatchHook, run: Run, queues: Sequence[str], now: float) -> Iterator[Leftover]:
    digits = run_digits(run.dag_id, run.run_id)
    for queue in queues:
        for status in _STATUSES:
            for item in hook.summaries(queue, status):
                if is_of_run(item["jobName"], digits):
                    yield Leftover(
                        job_id=item["jobId"],
                        name=item["jobName"],
                        queue=queue.rpartition("/")[2],
                        status=item.get("status", status),
                        age=timedelta(seconds=max(now - item.get("createdAt", now * 1000) / 1000, 0.0)),
                        stopping=bool(item.get("isTerminated") or item.get("isCancelled")),
                    )
