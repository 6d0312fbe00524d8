"""What is the same for every try of a task that submits jobs: before it starts, and however it ends.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from airflow.sdk.exceptions import AirflowFailException

from airstep.errors import TASK_STOPPED, BranchStopped
from airstep.hooks.batch import BatchHook
from airstep.hooks.patience import HURRIED
from airstep.hooks.task_instances import TaskKey
from airstep.operators.endings import NO_END, forbids_retry, is_final, is_killed, leaves_nothing
from airstep.operators.fail_fast import FailFast
from airstep.operators.skipped import stop_if_skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class TryEnd:
    """How a try ends that doesn't end well; `final`: no other follows it."""

    error: BaseException
    final: bool

    @property
    def leaves_nothing(self) -> bool:
        """Whether the try's jobs are to be terminated, rather than left to the next try."""
        return leaves_nothing(self.error, final=self.final)

    @property
    def reason(self) -> str:
        """Why its jobs are terminated."""
        if isinstance(self.error, BranchStopped):
            return str(self.error)
        ended = TASK_STOPPED if is_killed(self.error) else "The Airflow task ended"
        return f"{ended}: {str(self.error) or type(self.error).__name__}"


def key_of(ti: Any) -> TaskKey:
    """Which task instance it is."""
    index = ti.map_index if ti.map_index is not None else -1
    return TaskKey(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=index)


def stop_before_start(operator: Any, ti: Any, fail_fast: FailFast | None, *, had_jobs: Callable[[], bool]) -> None:
    """Go on unless a choice skips the task, or its fail-fast group has failed.

    :param had_jobs: whether an earlier try submitted something; it may take up what that was.
    :raises AirflowRescheduleException: come again once the failure has reached the tasks below it.
    :raises AirflowSkipException: nothing was submitted.
    :raises BranchStopped: an earlier try submitted something.
    """
    stop_if_skipped(operator, ti)
    if fail_fast is None:
        return
    states = fail_fast.states()
    if fail_fast.failed_task(states) is not None:
        fail_fast.stop(states, had_job=had_jobs())


@contextmanager
def seen_through(
    ti: Any,
    fail_fast: FailFast | None,
    *,
    hook: Callable[[], BatchHook | None],
    leave: Callable[[TryEnd, BatchHook], None],
) -> Iterator[None]:
    """Whatever ends the task: no job is left that nobody will use, and no branch goes on that should not.

    :param hook: gives AWS Batch, or None while nothing has been asked of it; a killed task is in a hurry.
    :param leave: ends the try's jobs as far as that is due; raises nothing.
    """
    try:
        yield
    except NO_END:
        raise
    except BaseException as error:
        end = TryEnd(error=error, final=is_final(error, ti))
        if found := hook():
            batch = found.with_patience(HURRIED) if is_killed(error) else found
            leave(end, batch)
            if fail_fast and end.final:
                fail_fast.end_with(error, ti, batch)
        if forbids_retry(error):
            raise AirflowFailException(str(error)) from error
        raise
