"""The operator that runs one AWS Batch job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferralTimeout,
    TaskDeferred,
)

from airstep.branches import Branches
from airstep.errors import (
    STOPPED_BY,
    AirstepError,
    BranchStopped,
    JobFailed,
    JobLost,
    JobTimedOut,
    SubmissionRejected,
    TaskKilled,
    stop_reason,
)
from airstep.job import Job
from airstep.links import JOB_LINKS, BatchJobDetailsLink, Console
from airstep.operators.fields import (
    REFUSED,
    as_bool,
    as_seconds,
    default_job_name,
    problems,
    with_numbers,
)
from airstep.operators.waiting import Every, wait_for_job
from airstep.spec import SPEC_FIELDS, JobSpec, submit_job_request

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.hooks.batch import BatchHook
    from airstep.hooks.task_instances import TaskKey

# Whatever loads boto3 is imported inside the methods that run in a task: every DAG file's parsing pays for this module.

CHECK_EVERY = 10.0
"""Seconds between two looks at the states of a fail-fast group."""

_STOCK_MAX_RETRIES = 4200


class BatchJobOperator(BaseOperator):
    """Run one AWS Batch job, and return its id once it has succeeded.

    A drop-in for the stock `BatchOperator`: the same keyword arguments with the same meaning, or a refusal that says
    what to do. The XCom `job` holds the job's description (see `airstep.job.Job`), at its submission and at its end.

    :param job_definition: name, name:revision or ARN of the job definition (templated)
    :param job_queue: name or ARN of the job queue (templated)
    :param job_name: the job's name; default: the last part of the task's id (templated). A direct run adds a hyphen and
        12 hex digits, which tell one task's round from another.
    :param command: the command's words, in place of the definition's (templated)
    :param environment: environment variables by name, beside the definition's; numbers and booleans become text
        (templated)
    :param vcpus: vCPUs, in place of the definition's (templated)
    :param memory: MiB of memory, in place of the definition's (templated)
    :param gpus: GPUs, in place of the definition's (templated)
    :param parameters: values of the definition's `Ref::` placeholders (templated)
    :param depends_on: up to 20 job ids, or mappings with `jobId` and `type`, that Batch waits for before it starts
        the job (templated)
    :param array_properties: `{"size": n}` for an array job (templated)
    :param retry_strategy: `attempts` (1 to 10) and `evaluateOnExit` (up to 5 rules) of Batch's own retries (templated)
    :param submit_job_timeout: seconds, 60 or more, after which Batch ends an attempt (templated)
    :param container_overrides: `containerOverrides` of SubmitJob, without what a shorthand above names (templated)
    :param ecs_properties_override: `ecsPropertiesOverride` of SubmitJob (templated)
    :param eks_properties_override: `eksPropertiesOverride` of SubmitJob (templated)
    :param node_overrides: `nodeOverrides` of SubmitJob (templated)
    :param share_identifier: the fair share of a queue with a scheduling policy (templated)
    :param scheduling_priority_override: 0 to 9,999, in a queue with a scheduling policy (templated)
    :param propagate_tags: whether the job's tags go to its ECS task (templated)
    :param tags: tags of the job (templated)
    :param wait_for_completion: False returns the id as soon as the job is submitted (templated)
    :param deferrable: wait in the triggerer, without a worker; default: `[operators] default_deferrable`
    :param poll_interval: the most seconds between two looks at the job; a young job is looked at more often
    :param awslogs_enabled: print the job's log: while it runs, or at its end if deferred; of an array job the first
        child's (templated)
    :param awslogs_fetch_interval: how often a running job's log is read (templated)
    :param aws_conn_id: the Airflow connection; None is boto3's own search for credentials (templated)
    :param region_name: the region, in place of the connection's (templated)
    :param verify: whether, or with which CA bundle, certificates are checked (templated)
    :param botocore_config: settings of botocore's Config

    :raises JobFailed: the job failed; says why, with the exit code and the last log lines.
    :raises AirflowFailException: a retry would not help: AWS rejected the job, or another branch failed.
    """

    ui_color = "#c3dae0"
    template_fields: Sequence[str] = (
        *(name for name in SPEC_FIELDS if name != "timeout"),
        "submit_job_timeout",
        "job_id",
        "waiters",
        "wait_for_completion",
        "awslogs_enabled",
        "awslogs_fetch_interval",
        "aws_conn_id",
        "region_name",
        "verify",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "container_overrides": "json",
        "parameters": "json",
        "environment": "json",
        "ecs_properties_override": "json",
        "eks_properties_override": "json",
        "node_overrides": "json",
        "retry_strategy": "json",
    }
    operator_extra_links = JOB_LINKS

    def __init__(
        self,
        *,
        job_definition: str,
        job_queue: str,
        job_name: str | None = None,
        command: Sequence[Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        vcpus: float | str | None = None,
        memory: int | str | None = None,
        gpus: int | str | None = None,
        parameters: Mapping[str, Any] | None = None,
        depends_on: Sequence[Any] | None = None,
        array_properties: Mapping[str, Any] | None = None,
        retry_strategy: Mapping[str, Any] | None = None,
        submit_job_timeout: int | str | None = None,
        container_overrides: Mapping[str, Any] | None = None,
        ecs_properties_override: Mapping[str, Any] | None = None,
        eks_properties_override: Mapping[str, Any] | None = None,
        node_overrides: Mapping[str, Any] | None = None,
        share_identifier: str | None = None,
        scheduling_priority_override: int | str | None = None,
        propagate_tags: bool | str | None = None,
        tags: Mapping[str, Any] | None = None,
        wait_for_completion: bool | str = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poll_interval: float = 30,
        awslogs_enabled: bool | str = False,
        awslogs_fetch_interval: timedelta = timedelta(seconds=30),
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
        job_id: None = None,
        waiters: None = None,
        max_retries: int | None = None,
        status_retries: None = None,
        region: None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._refuse(job_id=job_id, waiters=waiters, status_retries=status_retries, region=region)
        if max_retries != _STOCK_MAX_RETRIES:
            self._refuse(max_retries=max_retries)
        self.job_definition = job_definition
        self.job_queue = job_queue
        self.job_name = job_name if job_name is not None else default_job_name(self.label or self.task_id)
        self.command = command
        self.environment = environment
        self.vcpus = vcpus
        self.memory = memory
        self.gpus = gpus
        self.parameters = parameters or {}
        self.depends_on = depends_on
        self.array_properties = array_properties
        self.retry_strategy = retry_strategy
        self.submit_job_timeout = submit_job_timeout
        self.container_overrides = container_overrides
        self.ecs_properties_override = ecs_properties_override
        self.eks_properties_override = eks_properties_override
        self.node_overrides = node_overrides
        self.share_identifier = share_identifier
        self.scheduling_priority_override = scheduling_priority_override
        self.propagate_tags = propagate_tags
        self.tags = tags or {}
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.awslogs_enabled = awslogs_enabled
        self.awslogs_fetch_interval = awslogs_fetch_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.job_id: str | None = None
        self.waiters = None
        self.job: Job | None = None
        self.console: Console | None = None
        self._killed = False
        self._complain(*problems(self.spec()))

    def spec(self) -> JobSpec:
        """The job as the fields say it: templates and results of other tasks unresolved until the task runs."""
        fields = {name: getattr(self, name) for name in SPEC_FIELDS if name != "timeout"}
        return JobSpec(**fields, timeout=self.submit_job_timeout)

    # -- the story of a task ---------------------------------------------------------------------------------------

    def execute(self, context: Context) -> str:
        """Submit the job, or adopt the one that an earlier try left running, and see it through."""
        with self._outcome(context):
            branches = self._branches(context)
            job = self._obtain(context)
            if branches:
                self._stop_if_branch_failed(context, branches)
            if not as_bool("wait_for_completion", self.wait_for_completion):
                return job.job_id
            if self.deferrable:
                self._defer(context, job, branches)
            return self._finish(context, self._wait(context, job, branches))

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> str:
        """Go on after the trigger's event; see `BatchJobTrigger`."""
        with self._outcome(context):
            self._connect()
            if "lost" in event:
                raise JobLost(event["lost"])
            if "stopped_by" in event:
                branches = self._branches(context)
                raise BranchStopped(stop_reason(branches.group_id if branches else "", event["stopped_by"]))
            job = Job.from_xcom(event["job"])
            if as_bool("awslogs_enabled", self.awslogs_enabled):
                self._log_reader()(job)
            return self._finish(context, job)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Airflow's entry after a deferral; a deferral that timed out or broke ends in `next_method` "__fail__"."""
        if next_method != "__fail__":
            return super().resume_execution(next_method, next_kwargs, context)
        with self._outcome(context):
            self.job = self._submitted_job(context)
            try:
                return super().resume_execution(next_method, next_kwargs, context)
            except TaskDeferralTimeout as error:
                limit = self.execution_timeout
                raise JobTimedOut(
                    f"The job did not end within the execution_timeout of {limit}", job=self.job
                ) from error

    def on_kill(self) -> None:
        """Terminate the job: Airflow ends this process."""
        self._killed = True
        if self.job is not None and not self.job.ended:
            # This runs in a signal handler and may have interrupted a call, so it takes clients of its own.
            self._terminate("The Airflow task was stopped", fresh=True)

    # -- its steps -------------------------------------------------------------------------------------------------

    @cached_property
    def hook(self) -> BatchHook:
        """AWS Batch as this task reaches it."""
        from airstep.hooks.aws import AwsConnection
        from airstep.hooks.batch import BatchHook

        return BatchHook(
            AwsConnection(
                aws_conn_id=self.aws_conn_id,
                region_name=self.region_name,
                verify=self.verify,
                botocore_config=self.botocore_config,
            )
        )

    def _obtain(self, context: Context) -> Job:
        from airstep.submission import obtain_job

        ti = context["ti"]
        key = self._key(context)
        request = self._request()
        self._connect()
        self.job = obtain_job(
            self.hook,
            request,
            identity=(key.dag_id, key.run_id, key.task_id, key.map_index),
            generation=ti.max_tries,
            try_number=ti.try_number,
            store=context.get("task_state_store"),
        )
        self.job_id = self.job.job_id
        if self._killed:
            raise TaskKilled("Airflow told the task to stop while its job was being submitted")
        self.log.info("Batch job %s (%s) in queue %s", self.job.job_name, self.job_id, self.job.queue)
        ti.xcom_push(key="job", value=self.job.to_xcom())
        if not self.deferrable:
            # Airflow stores the links when the task ends; a running job's page is wanted before that.
            link = BatchJobDetailsLink()
            ti.xcom_push(key=link.xcom_key, value=link.get_link(self, ti_key=ti))
        return self.job

    def _request(self) -> dict[str, Any]:
        if isinstance(self.depends_on, Sequence) and not isinstance(self.depends_on, str):
            self.depends_on = list(_flat(self.depends_on))
        self._complain(*problems(self.spec()), error=SubmissionRejected)
        try:
            return with_numbers(submit_job_request(self.spec()))
        except ValueError as error:
            raise SubmissionRejected(f"{type(self).__name__} {self.task_id!r}: {error}") from error

    def _wait(self, context: Context, job: Job, branches: Branches | None) -> Job:
        meanwhile = []
        if branches:
            meanwhile.append(Every(CHECK_EVERY, lambda _: self._stop_if_branch_failed(context, branches)))
        read_log = self._log_reader() if as_bool("awslogs_enabled", self.awslogs_enabled) else None
        if read_log:
            seconds = as_seconds("awslogs_fetch_interval", self.awslogs_fetch_interval)
            meanwhile.append(Every(seconds, read_log))
        ended = wait_for_job(
            self.hook, job.job_id, longest=float(self.poll_interval), check=self._stop_if_killed, meanwhile=meanwhile
        )
        if read_log:
            read_log(ended)
        return ended

    def _defer(self, context: Context, job: Job, branches: Branches | None) -> None:
        from airstep.triggers.batch_job import BatchJobTrigger

        trigger = BatchJobTrigger(
            job_id=job.job_id,
            connection=self.hook.connection.to_dict(),
            task=self._key(context).to_dict(),
            submitted_at=time.time(),
            longest=float(self.poll_interval),
            branches=branches.to_dict() if branches else None,
        )
        self.defer(trigger=trigger, method_name="execute_complete", timeout=self.execution_timeout)

    def _finish(self, context: Context, job: Job) -> str:
        self.job, self.job_id = job, job.job_id
        context["ti"].xcom_push(key="job", value=job.to_xcom())
        if job.succeeded:
            self.log.info("Batch job %s (%s) succeeded", job.job_name, job.job_id)
            return job.job_id
        self._stop_if_killed()
        if job.status_reason and job.status_reason.startswith(STOPPED_BY):
            raise BranchStopped(job.status_reason)
        raise self._failure(job)

    def _failure(self, job: Job) -> JobFailed:
        """The job's failure, with what can be had of its last words: a log that can't be read hides nothing."""
        from airstep.hooks.logs import last_lines

        speaker, failed = job, list[int]()
        if job.array_size is not None:
            try:
                failed = self.hook.failed_children(job.job_id)
                speaker = (self.hook.child(job.job_id, failed[0]) if failed else None) or job
            except Exception as error:
                self.log.warning("The failed children of job %s can't be listed: %s", job.job_id, error)
        return JobFailed(job, log_tail=last_lines(self.hook.clients, speaker), failed_children=failed)

    def _log_reader(self) -> Any:
        from airstep.hooks.logs import JobLog

        reader = JobLog(self.hook.clients)

        def read(job: Job) -> None:
            try:
                speaker = job if job.array_size is None else self.hook.child(job.job_id, 0)
                for line in reader.new_lines(speaker) if speaker else ():
                    self.log.info("%s", line.rstrip())
            except Exception as error:
                self.log.warning("The log of job %s can't be read: %s", job.job_id, error)

        return read

    # -- how it ends -----------------------------------------------------------------------------------------------

    @contextmanager
    def _outcome(self, context: Context) -> Iterator[None]:
        """Whatever ends the task: no job is left that nobody will use, and no branch that has no use any more."""
        try:
            yield
        except (TaskDeferred, AirflowSkipException):
            raise
        except BaseException as error:
            ti = context["ti"]
            no_retry = isinstance(error, AirstepError) and not error.retry
            final = no_retry or ti.max_tries == 0 or ti.try_number > ti.max_tries
            self._leave_job(error, final=final)
            if final and not isinstance(error, BranchStopped | TaskKilled):
                self._stop_other_branches(context)
            if no_retry:
                raise AirflowFailException(str(error)) from error
            raise

    def _leave_job(self, error: BaseException, *, final: bool) -> None:
        """Terminate the job unless it has ended, or the next try will adopt it."""
        over = isinstance(
            error, JobTimedOut | AirflowTaskTimeout | BranchStopped | TaskKilled | KeyboardInterrupt | SystemExit
        )
        if self.job is None or self.job.ended or not (over or final):
            return
        try:
            words = str(error).removeprefix(STOPPED_BY)
            self._terminate(str(error) if isinstance(error, BranchStopped) else f"The Airflow task ended: {words}")
        except Exception:
            self.log.warning("Job %s could not be terminated", self.job.job_id, exc_info=True)

    def _terminate(self, reason: str, *, fresh: bool = False) -> None:
        from airstep.hooks.batch import BatchHook

        if self.job is None:
            return
        hook = BatchHook(self.hook.connection, clients=self.hook.clients.fresh()) if fresh else self.hook
        self.log.info("Terminating job %s: %s", self.job.job_id, reason)
        hook.terminate(self.job.job_id, reason)

    def _stop_if_killed(self) -> None:
        if self._killed:
            raise TaskKilled("Airflow told the task to stop; its job was terminated")

    # -- branches that fail together -------------------------------------------------------------------------------

    def _branches(self, context: Context) -> Branches | None:
        """The fail-fast group around the task.

        :raises AirflowSkipException: a branch of it failed before this task had a job.
        :raises BranchStopped: it failed between two tries of this task.
        """
        from airstep.hooks.task_instances import group_states
        from airstep.operators.fail_fast import branches_of
        from airstep.submission import Intent

        group = branches_of(self, self._key(context), group_states)
        if group is None:
            return None
        branches, failed = group
        if failed and self.job is None and Intent.load(context.get("task_state_store")) is None:
            raise AirflowSkipException(stop_reason(branches.group_id, failed))
        if failed:
            raise BranchStopped(stop_reason(branches.group_id, failed))
        return branches

    def _stop_if_branch_failed(self, context: Context, branches: Branches) -> None:
        from airstep.hooks.task_instances import group_states

        if failed := branches.failed_task(group_states(self._key(context), branches.group_id)):
            raise BranchStopped(stop_reason(branches.group_id, failed))

    def _stop_other_branches(self, context: Context) -> None:
        from airstep.operators.fail_fast import stop_other_branches

        try:
            stop_other_branches(self, self._key(context), context["ti"], self.hook)
        except Exception:
            self.log.warning("The other branches could not be stopped from here", exc_info=True)

    # -- small things ----------------------------------------------------------------------------------------------

    def _key(self, context: Context) -> TaskKey:
        from airstep.hooks.task_instances import TaskKey

        ti = context["ti"]
        index = ti.map_index if ti.map_index is not None else -1
        return TaskKey(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=index)

    def _connect(self) -> None:
        self.console = Console(region=self.hook.region, partition=self.hook.partition)

    def _submitted_job(self, context: Context) -> Job | None:
        from airstep.submission import Intent

        intent = Intent.load(context.get("task_state_store"))
        if intent is None or intent.job_id is None:
            return None
        self._connect()
        return self.hook.describe([intent.job_id]).get(intent.job_id)

    def _refuse(self, **given: Any) -> None:
        self._complain(*(f"{name}: {REFUSED[name]}" for name, value in given.items() if value is not None))

    def _complain(self, *found: str, error: type[Exception] = ValueError) -> None:
        if found:
            who = f"{type(self).__name__} {self.task_id!r}"
            raise error("\n".join(f"{who}: {sentence}" for sentence in found))


def _flat(items: Sequence[Any]) -> Iterator[Any]:
    """A mapped task's result is a list of ids inside the list of dependencies."""
    for item in items:
        if isinstance(item, Sequence) and not isinstance(item, str):
            yield from _flat(item)
        else:
            yield item
