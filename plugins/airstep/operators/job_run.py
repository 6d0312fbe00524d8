"""One try of a task: its job, from submission to end.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)

from airstep.errors import (
    STOPPED_BY,
    AirstepError,
    BranchStopped,
    JobFailed,
    JobTimedOut,
    SubmissionRejected,
    TaskKilled,
)
from airstep.hooks.batch import BatchHook
from airstep.hooks.documents import read_result
from airstep.hooks.logs import JobLog, last_lines
from airstep.hooks.task_instances import TaskKey
from airstep.job import Job
from airstep.links import BatchJobDetailsLink, Console
from airstep.operators.fail_fast import FailFast
from airstep.operators.fields import as_bool, as_seconds
from airstep.operators.request import connection_of, request_of
from airstep.operators.skipped import stop_if_skipped
from airstep.operators.waiting import Every, wait_for_job
from airstep.results import named_results, prefix_problem, result_uri
from airstep.submission import Intent, obtain_job
from airstep.triggers.batch_job import CHECK_EVERY, BatchJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_job import BatchJobOperator

log = logging.getLogger(__name__)


class JobRun:
    """What a BatchJobOperator's task does in one process.

    :param hook: AWS Batch; by default as the operator's connection says.
    """

    def __init__(self, operator: BatchJobOperator, context: Context, *, hook: BatchHook | None = None) -> None:
        self.operator = operator
        self.context = context
        self.ti: Any = context["ti"]
        index = self.ti.map_index if self.ti.map_index is not None else -1
        self.key = TaskKey(dag_id=self.ti.dag_id, run_id=self.ti.run_id, task_id=self.ti.task_id, map_index=index)
        self.hook = hook or BatchHook(connection_of(operator))
        self.store = context.get("task_state_store")
        self.fail_fast = FailFast.around(operator, self.key)

    # -- steps -----------------------------------------------------------------------------------------------------

    def stop_before_start(self) -> None:
        """Submit nothing for a task that a choice skips, or whose fail-fast group has failed.

        :raises AirflowRescheduleException: come again once the failure has reached the tasks below it.
        :raises AirflowSkipException: this task has not had a job.
        :raises BranchStopped: it had one, in an earlier try.
        """
        stop_if_skipped(self.operator, self.ti)
        if self.fail_fast is None:
            return
        states = self.fail_fast.states()
        failed = self.fail_fast.failed_task(states)
        if failed is None:
            return
        if Intent.load(self.store) is not None:
            self.know(self.stored_job())
            raise BranchStopped(self.fail_fast.reason(failed))
        if not self.fail_fast.is_settled(states):
            log.info("Not started: task %r failed; waiting for Airflow to block what depends on it", failed)
            when = datetime.now(tz=UTC) + timedelta(seconds=1)
            raise AirflowRescheduleException(when)  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.fail_fast.skip_rest(states)
        raise AirflowSkipException(self.fail_fast.reason(failed))

    def obtain(self) -> Job:
        """The job of this try: adopted, or submitted.

        :raises SubmissionRejected: a field is wrong, or AWS says so.
        """
        uri = self.result_uri()
        job = obtain_job(
            self.hook,
            request_of(self.operator, result=uri),
            identity=(self.key.dag_id, self.key.run_id, self.key.task_id, self.key.map_index),
            generation=self.ti.max_tries,
            try_number=self.ti.try_number,
            store=self.store,
            result_uri=uri,
        )
        self.know(job)
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop while its job was being submitted")
        log.info("Batch job %s (%s) in queue %s", job.job_name, job.job_id, job.queue)
        self.ti.xcom_push(key="job", value=job.to_xcom())
        if not self.operator.deferrable:
            # Airflow stores the links when the task ends; a running job's page is wanted before that.
            link = BatchJobDetailsLink()
            self.ti.xcom_push(key=link.xcom_key, value=link.get_link(self.operator, ti_key=self.ti))
        if self.fail_fast:
            self.fail_fast.check()
        return job

    def trigger(self, job: Job) -> BatchJobTrigger:
        """What waits for the job in the triggerer."""
        branches = self.fail_fast.branches(self.fail_fast.states()) if self.fail_fast else None
        return BatchJobTrigger(
            job_id=job.job_id,
            connection=self.hook.connection.to_dict(),
            task=self.key.to_dict(),
            submitted_at=time.time(),
            longest=float(self.operator.poll_interval),
            branches=branches.to_dict() if branches else None,
        )

    def wait(self, job: Job) -> Job:
        """The job, once it has ended; its log is printed meanwhile if that is asked for."""
        meanwhile = []
        if self.fail_fast:
            check = self.fail_fast.check
            meanwhile.append(Every(CHECK_EVERY, lambda _: check()))
        read_log = self.log_reader()
        if read_log:
            seconds = as_seconds("awslogs_fetch_interval", self.operator.awslogs_fetch_interval)
            meanwhile.append(Every(seconds, read_log))
        longest = float(self.operator.poll_interval)
        ended = wait_for_job(self.hook, job.job_id, longest=longest, check=self._stop_if_killed, meanwhile=meanwhile)
        if read_log:
            read_log(ended)
        return ended

    def result_uri(self) -> str | None:
        """Where a job that is submitted now is told to write its result; None if it has none.

        :raises SubmissionRejected: the rendered `result` is no S3 URI.
        """
        if (prefix := self.operator.result) is None:
            return None
        if problem := prefix_problem(prefix):
            raise SubmissionRejected(f"{type(self.operator).__name__} {self.key.task_id!r}: result {problem}")
        return result_uri(prefix, self.key.dag_id, self.key.run_id, self.key.task_id, self.key.map_index)

    def finish(self, job: Job) -> Any:
        """The id of a job that succeeded, or its result.

        :raises JobFailed: it failed.
        :raises ResultInvalid: it succeeded without a result that can be used.
        :raises ResultUnreadable: S3 doesn't give its result.
        :raises BranchStopped: it was terminated because another branch failed.
        """
        self.know(job)
        self.ti.xcom_push(key="job", value=job.to_xcom())
        if job.succeeded:
            log.info("Batch job %s (%s) succeeded", job.job_name, job.job_id)
            return job.job_id if self.operator.result is None else self._result(job)
        self._stop_if_killed()
        if job.status_reason and job.status_reason.startswith(STOPPED_BY):
            raise BranchStopped(job.status_reason)
        raise self._failure(job)

    def log_reader(self) -> Callable[[Job], None] | None:
        """What prints the new lines of a job's log, of an array job's first child; None if that is not asked for."""
        if not as_bool("awslogs_enabled", self.operator.awslogs_enabled):
            return None
        reader = JobLog(self.hook.clients)

        def read(job: Job) -> None:
            try:
                speaker = job if job.array_size is None else self.hook.child(job.job_id, 0)
                for line in reader.new_lines(speaker) if speaker else ():
                    log.info("%s", line.rstrip())
            except Exception as error:
                log.warning("The log of job %s can't be read: %s", job.job_id, error)

        return read

    def know(self, job: Job | None) -> None:
        """Let the operator's links and `on_kill` know the job."""
        self.operator.job = job
        self.operator.job_id = job.job_id if job else None
        self.operator.console = Console(region=self.hook.region, partition=self.hook.partition)

    def stored_job(self) -> Job | None:
        """The job that was submitted before a deferral, as AWS describes it now."""
        intent = Intent.load(self.store)
        return self.hook.describe([intent.job_id]).get(intent.job_id) if intent and intent.job_id else None

    # -- the end ---------------------------------------------------------------------------------------------------

    @contextmanager
    def seen_through(self) -> Iterator[None]:
        """Whatever ends the task: no job is left that nobody will use, and no branch goes on that should not."""
        try:
            yield
        except (TaskDeferred, AirflowSkipException, AirflowRescheduleException):
            raise
        except BaseException as error:
            no_retry = isinstance(error, AirstepError) and not error.retry
            final = no_retry or self.ti.max_tries == 0 or self.ti.try_number > self.ti.max_tries
            self._leave_job(error, final=final)
            if self.fail_fast and final:
                self._stop_branches(error, self.fail_fast)
            if no_retry:
                raise AirflowFailException(str(error)) from error
            raise

    def terminate(self, reason: str, *, fresh: bool = False) -> None:
        """End the task's job.

        :param fresh: with clients of its own: for a signal handler, which may have interrupted a call.
        """
        job: Job | None = self.operator.job
        if job is None or job.ended:
            return
        hook = BatchHook(self.hook.connection, clients=self.hook.clients.fresh()) if fresh else self.hook
        log.info("Terminating job %s: %s", job.job_id, reason)
        hook.terminate(job.job_id, reason)

    def _leave_job(self, error: BaseException, *, final: bool) -> None:
        """Terminate the job unless it has ended, or the next try will adopt it."""
        over = JobTimedOut | AirflowTaskTimeout | BranchStopped | TaskKilled | KeyboardInterrupt | SystemExit
        if not (final or isinstance(error, over)):
            return
        stopped = isinstance(error, BranchStopped)
        try:
            self.terminate(str(error) if stopped else f"The Airflow task ended: {str(error) or type(error).__name__}")
        except Exception:
            log.warning("The job could not be terminated", exc_info=True)

    def _stop_branches(self, error: BaseException, fail_fast: FailFast) -> None:
        try:
            if isinstance(error, BranchStopped):
                fail_fast.settle()
            elif not isinstance(error, TaskKilled):
                fail_fast.terminate_others(self.ti, self.hook)
        except Exception:
            log.warning("The other branches could not be stopped from here", exc_info=True)

    def _result(self, job: Job) -> Any:
        """The document that the job wrote; the values of an object are pushed by their keys as well."""
        intent = Intent.load(self.store)
        uri = (intent.result_uri if intent else None) or self.result_uri()
        document = read_result(self.hook.clients, str(uri), job)
        named = named_results(document) if self.operator.do_xcom_push else {}
        for key, value in named.items():
            self.ti.xcom_push(key=key, value=value)
        if isinstance(document, dict) and (left := [key for key in document if key not in named]):
            log.info("Without an XCom of their own, for their names: %s", ", ".join(map(repr, left)))
        return document

    def _stop_if_killed(self) -> None:
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop; its job was terminated")

    def _failure(self, job: Job) -> JobFailed:
        """The job's failure, with what can be had of its last words: a log that can't be read hides nothing."""
        speaker, failed = job, list[int]()
        if job.array_size is not None:
            try:
                failed = self.hook.failed_children(job.job_id)
                speaker = (self.hook.child(job.job_id, failed[0]) if failed else None) or job
            except Exception as error:
                log.warning("The failed children of job %s can't be listed: %s", job.job_id, error)
        return JobFailed(job, log_tail=last_lines(self.hook.clients, speaker), failed_children=failed)
