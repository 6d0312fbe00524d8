"""One try of a task: its job, from submission to end.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from airstep.errors import CLEARED, STOPPED_BY, TASK_STOPPED, BranchStopped, SubmissionRejected, TaskKilled, left_behind
from airstep.hooks.batch import BatchHook
from airstep.hooks.documents import read_result
from airstep.hooks.patience import HURRIED, ONCE
from airstep.hooks.task_instances import group_states
from airstep.job import Job
from airstep.links import BatchJobDetailsLink, Console
from airstep.operators.endings import come_again
from airstep.operators.fail_fast import FailFast
from airstep.operators.fields import as_bool, as_seconds
from airstep.operators.job_graph_member import GraphMember
from airstep.operators.job_words import failure_of, log_reader
from airstep.operators.one_try import TryEnd, key_of, seen_through, stop_before_start
from airstep.operators.request import connection_of, request_of, result_of
from airstep.operators.submit import submitting_group
from airstep.operators.waiting import Every, wait_for_job
from airstep.results import named_results
from airstep.submission import Intent, obtain_job
from airstep.triggers.batch_job import CHECK_EVERY, BatchJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.batch_job import BatchJobOperator

log = logging.getLogger(__name__)

RESTART_SECONDS = 60.0
"""How long a cleared task waits for Airflow to kill it: its next heartbeat, as a rule of 5 s, brings that about."""


class JobRun:
    """What a BatchJobOperator's task does in one process.

    :param hook: AWS Batch; by default as the operator's connection says.
    """

    def __init__(self, operator: BatchJobOperator, context: Context, *, hook: BatchHook | None = None) -> None:
        self.operator = operator
        self.context = context
        self.ti: Any = context["ti"]
        self.key = key_of(self.ti)
        self.hook = hook or BatchHook(connection_of(operator))
        self.store = context.get("task_state_store")
        self.fail_fast = FailFast.around(operator, self.key)

    @cached_property
    def member(self) -> GraphMember | None:
        """The task's part in a job graph, or None."""
        return GraphMember.of(self.operator, self.ti)

    # -- steps -----------------------------------------------------------------------------------------------------

    def stop_before_start(self) -> None:
        """Submit nothing for a task that a choice skips, or whose fail-fast group has failed; see `one_try`."""

        def had_jobs() -> bool:
            had_job = Intent.load(self.store) is not None
            if had_job:
                self.know(self.stored_job())
            return had_job

        stop_before_start(self.operator, self.ti, self.fail_fast, had_jobs=had_jobs)

    def obtain(self) -> Job:
        """The job of this try: adopted, or submitted.

        :raises SubmissionRejected: a field is wrong, or AWS says so.
        """
        uri = result_of(self.operator, self.key)
        request = request_of(self.operator, result=uri)
        try_: dict[str, Any] = {"generation": self.ti.max_tries, "try_number": self.ti.try_number, "result_uri": uri}
        job = self.member.take_up(self.hook, self.store, request=request, **try_) if self.member else None
        if job is None:
            identity = (self.key.dag_id, self.key.run_id, self.key.task_id, self.key.map_index)
            job = obtain_job(self.hook, request, identity=identity, store=self.store, **try_)
        self.know(job)
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop while its job was being submitted")
        log.info("Batch job %s (%s) in queue %s", job.job_name, job.job_id, job.queue)
        self.ti.xcom_push(key="job", value=job.to_xcom())
        if not self.operator.deferrable:
            # Airflow stores the links when the task ends; a running job's page is wanted before that.
            link = BatchJobDetailsLink()
            self.ti.xcom_push(key=link.xcom_key, value=link.get_link(self.operator, ti_key=self.ti))
        self.check_branches(job)
        return job

    def check_branches(self, job: Job) -> None:
        """Go on with a job only while nothing has failed in another branch.

        :raises BranchStopped: a task has.
        :raises AirflowRescheduleException: a job has that was submitted ahead, and whose task hasn't started.
        """
        if self.fail_fast:
            waiting = self.fail_fast.not_started(self.fail_fast.check())
            if self.member:
                self.member.make_way(self.hook.with_patience(HURRIED), job, waiting)

    def trigger(self, job: Job) -> BatchJobTrigger:
        """What waits for the job in the triggerer."""
        branches = self.fail_fast.branches(self.fail_fast.states()) if self.fail_fast else None
        return BatchJobTrigger(
            job_id=job.job_id,
            connection=self.hook.connection.to_dict(),
            task=self.key.to_dict(),
            submitted_at=time.time(),
            behind=self._behind(),
            longest=float(self.operator.poll_interval),
            branches=branches.to_dict() if branches else None,
        )

    def wait(self, job: Job) -> Job:
        """The job, once it has ended; its log is printed meanwhile if that is asked for."""
        self.hook.prepare()
        meanwhile = []
        if self.fail_fast:
            meanwhile.append(Every(CHECK_EVERY, self.check_branches))
        read_log = self.log_reader()
        if read_log:
            seconds = as_seconds("awslogs_fetch_interval", self.operator.awslogs_fetch_interval)
            meanwhile.append(Every(seconds, read_log))
        longest = float(self.operator.poll_interval)
        hook, check = self.hook.with_patience(ONCE), self._stop_if_killed  # it backs off by itself
        ended = wait_for_job(hook, job.job_id, longest=longest, check=check, meanwhile=meanwhile)
        if read_log:
            read_log(ended)
        return ended

    def is_to_be_repeated(self, job: Job) -> bool:
        """Whether the end of a job says nothing of this try, which needs another one.

        An earlier process of the task may have ended it: one that Airflow had given up, as its worker or scheduler was
        out of reach for too long, and that came back and was told to stop when this try had already taken up its job.
        Or it never had a chance, as part of a job graph in which one before it failed.
        """
        if job.succeeded or self.operator.killed:
            return False
        if (job.status_reason or "").startswith(TASK_STOPPED):
            log.info("Job %s was ended by an earlier process of this task: submitting another", job.job_id)
            return True
        if self.member is None or not self.member.never_had_a_chance(self.hook, job):
            return False
        log.info("Job %s failed with a job before it, which was repeated since: submitting it anew", job.job_id)
        return True

    def finish(self, job: Job) -> Any:
        """The id of a job that succeeded, or its result.

        :raises JobFailed: it failed.
        :raises ResultInvalid: it succeeded without a result that can be used.
        :raises ResultUnreadable: S3 doesn't give its result.
        :raises BranchStopped: it was terminated because another branch failed.
        :raises AirflowRescheduleException: its job graph was submitted anew: come again for the new job.
        """
        self.know(job)
        self.ti.xcom_push(key="job", value=job.to_xcom())
        if job.succeeded:
            log.info("Batch job %s (%s) succeeded", job.job_name, job.job_id)
            return job.job_id if self.operator.result is None else self._result(job)
        self._stop_if_killed()
        group = submitting_group(self.operator)
        if group is not None and job.status_reason == CLEARED:
            self._come_again(str(group.group_id))
        if job.status_reason and job.status_reason.startswith(STOPPED_BY):
            raise BranchStopped(job.status_reason)
        raise failure_of(self.hook, job)

    def log_reader(self) -> Callable[[Job], None] | None:
        """What prints the new lines of a job's log; None if that is not asked for."""
        return log_reader(self.hook) if as_bool("awslogs_enabled", self.operator.awslogs_enabled) else None

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

    def seen_through(self) -> AbstractContextManager[None]:
        """Whatever ends the task: no job is left that nobody will use, and no branch goes on that should not."""
        return seen_through(self.ti, self.fail_fast, hook=lambda: self.hook, leave=self._leave_job)

    def kill(self, reason: str) -> None:
        """End the task's job and those behind it: from a signal handler, which may have interrupted a call."""
        hook = self.hook.fresh()
        self._terminate(reason, hook)
        if "member" in self.__dict__:  # a signal handler asks Airflow nothing
            self._terminate_behind(hook)

    def _leave_job(self, end: TryEnd, hook: BatchHook) -> None:
        """Terminate the job unless it has ended, or the next try will adopt it; and what waits for it, if it may."""
        if not end.leaves_nothing:
            return
        try:
            if not isinstance(end.error, SubmissionRejected):
                self._look_for_unanswered(hook)
            self._terminate(end.reason, hook)
            if end.final:
                self._terminate_behind(hook)
        except Exception:
            log.warning("The job could not be terminated", exc_info=True)

    def _look_for_unanswered(self, hook: BatchHook) -> None:
        """Know the job whose SubmitJob was interrupted before its answer came, if it is there."""
        intent = Intent.load(self.store)
        if self.operator.job is None and intent is not None and intent.job_id is None:
            self.operator.job = hook.find(intent.job_name, intent.job_queue)

    def _terminate(self, reason: str, hook: BatchHook) -> None:
        job: Job | None = self.operator.job
        if job is not None and not job.ended:
            log.info("Terminating job %s: %s", job.job_id, reason)
            hook.terminate_all([job.job_id], reason)

    def _terminate_behind(self, hook: BatchHook) -> None:
        """End the jobs behind this task's in a job graph: Airflow won't start their tasks."""
        if behind := self._behind():
            log.info("Terminating the jobs that come behind this task: %s", ", ".join(behind))
            hook.terminate_all(behind, left_behind(self.key.task_id))

    def _behind(self) -> tuple[str, ...]:
        """The jobs behind this task's in its job graph, while it has the job that they wait for."""
        job: Job | None = self.operator.job
        has_it = self.member is not None and job is not None and job.job_id == self.member.job_id
        return self.member.behind if self.member and has_it else ()

    def _result(self, job: Job) -> Any:
        """The document that the job wrote; the values of an object are pushed by their keys as well."""
        intent = Intent.load(self.store)
        uri = (intent.result_uri if intent else None) or result_of(self.operator, self.key)
        document = read_result(self.hook.clients, str(uri), job)
        named = named_results(document) if self.operator.do_xcom_push else {}
        for key, value in named.items():
            self.ti.xcom_push(key=key, value=value)
        if isinstance(document, dict) and (left := [key for key in document if key not in named]):
            log.info("Without an XCom of their own, for their names: %s", ", ".join(map(repr, left)))
        return document

    def _come_again(self, graph_id: str) -> NoReturn:
        """Leave a job whose place another one takes, as `submit` was cleared.

        A task that was cleared along with it is about to be killed: were it to end before that, Airflow would take it
        for a failure, and have it wait for its retry_delay.
        """
        log.info("The jobs of group %s are submitted anew: this task will take up its new one", graph_id)
        limit = time.monotonic() + RESTART_SECONDS
        while group_states(self.key, graph_id).get(self.key.label) == "restarting" and time.monotonic() < limit:
            self._stop_if_killed()
            time.sleep(0.5)
        come_again()

    def _stop_if_killed(self) -> None:
        if self.operator.killed:
            raise TaskKilled("Airflow told the task to stop; its job was terminated")
