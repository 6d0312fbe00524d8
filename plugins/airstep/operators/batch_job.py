"""The operator that runs one AWS Batch job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import TaskDeferralTimeout

from airstep.errors import TASK_STOPPED, BranchStopped, JobLost, JobTimedOut
from airstep.job import Job
from airstep.links import JOB_LINKS, Console
from airstep.operators.fields import REFUSED, as_bool, default_job_name, problems, seconds_problems
from airstep.operators.result import result_problems
from airstep.spec import SPEC_FIELDS, JobSpec

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.job_run import JobRun

_STOCK_MAX_RETRIES = 4200


class BatchJobOperator(BaseOperator):
    """Run one AWS Batch job, and return its id, or its result, once it has succeeded.

    A drop-in for the stock `BatchOperator`: the same keyword arguments with the same meaning, or a refusal that says
    what to do. The XCom `job` holds the job's description (see `airstep.job.Job`), at its submission and at its end.

    :param job_definition: name, name:revision or ARN of the job definition (templated)
    :param job_queue: name or ARN of the job queue (templated)
    :param job_name: the job's name; default: the last part of the task's id (templated). A direct run adds 8 hex
        digits of the run and 12 of the task and its round, each behind a hyphen.
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
    :param retry_strategy: `attempts` (1 to 10) and `evaluateOnExit` (up to 5 rules) of Batch's own retries, as
        `airstep.operators.RETRY_LOST_HOSTS`; default: the definition's (templated)
    :param submit_job_timeout: seconds, 60 or more, after which Batch ends an attempt (templated)
    :param container_overrides: `containerOverrides` of SubmitJob, without what a shorthand above names (templated)
    :param ecs_properties_override: `ecsPropertiesOverride` of SubmitJob (templated)
    :param eks_properties_override: `eksPropertiesOverride` of SubmitJob (templated)
    :param node_overrides: `nodeOverrides` of SubmitJob (templated)
    :param share_identifier: the fair share of a queue with a scheduling policy (templated)
    :param scheduling_priority_override: 0 to 9,999, in a queue with a scheduling policy (templated)
    :param propagate_tags: whether the job's tags go to its ECS task (templated)
    :param tags: tags of the job (templated)
    :param result: an S3 URI, `s3://bucket/prefix`, under which the job writes its result (templated)
    :param wait_for_completion: False returns the id as soon as the job is submitted (templated)
    :param deferrable: wait in the triggerer, without a worker; default: `[operators] default_deferrable`
    :param poll_interval: the most seconds between two looks at the job; a young job is looked at more often
    :param awslogs_enabled: print the job's log: while it runs, or at its end if deferred; of an array job the first
        child's (templated)
    :param awslogs_fetch_interval: how often a running job's log is read (templated)
    :param aws_conn_id: the Airflow connection; None is boto3's own search for credentials (templated)
    :param region_name: the region, in place of the connection's (templated)
    :param verify: whether, or with which CA bundle, certificates are checked (templated)
    :param botocore_config: settings of botocore's Config; its `retries` count for S3 and logs, calls of AWS Batch are
        repeated by airstep, see `airstep.hooks.patience`

    :raises JobFailed: the job failed; says why, with the exit code and the last log lines.
    :raises ResultUnreadable: S3 doesn't give the result; the next try reads again and runs no other job.
    :raises AirflowFailException: a retry would not help: AWS rejected the job, another branch failed, or a job that
        succeeded wrote no result, no JSON, or too much of it.
    """

    ui_color = "#c3dae0"
    template_fields: Sequence[str] = (
        *(name for name in SPEC_FIELDS if name != "timeout"),
        "submit_job_timeout",
        "job_id",
        "waiters",
        "result",
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
        result: str | None = None,
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
        self.result = result
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
        self.killed = False
        self.job_run: JobRun | None = None
        self._complain(
            *problems(self.spec()),
            *result_problems(result, self.spec(), waits=wait_for_completion),
            *seconds_problems("poll_interval", poll_interval),
        )

    def spec(self) -> JobSpec:
        """The job as the fields say it: templates and results of other tasks unresolved until the task runs."""
        fields = {name: getattr(self, name) for name in SPEC_FIELDS if name != "timeout"}
        return JobSpec(**fields, timeout=self.submit_job_timeout)

    def execute(self, context: Context) -> Any:
        """Submit the job, or adopt the one that an earlier try left running, and see it through."""
        run = self._start(context)
        with run.seen_through():
            run.stop_before_start()
            return self._see_through(run, run.obtain())

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Go on after the trigger's event; see `BatchJobTrigger`."""
        run = self._start(context)
        with run.seen_through():
            if "job" not in event:
                run.know(run.stored_job())
                raise JobLost(event["lost"]) if "lost" in event else BranchStopped(event["stopped"])
            job = Job.from_xcom(event["job"])
            if read_log := run.log_reader():
                read_log(job)
            return self._conclude(run, job)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Airflow's entry after a deferral; one that timed out or broke comes with the `next_method` "__fail__"."""
        if next_method != "__fail__":
            return super().resume_execution(next_method, next_kwargs, context)
        run = self._start(context)
        with run.seen_through():
            run.know(run.stored_job())
            try:
                return super().resume_execution(next_method, next_kwargs, context)
            except TaskDeferralTimeout as error:
                limit = f"the execution_timeout of {self.execution_timeout}"
                raise JobTimedOut(f"Job {self.job_id} did not end within {limit}", job=self.job) from error

    def on_kill(self) -> None:
        """Terminate the job: Airflow ends this process."""
        self.killed = True
        if self.job_run is not None:
            self.job_run.kill(TASK_STOPPED)

    def _see_through(self, run: JobRun, job: Job) -> Any:
        if not as_bool("wait_for_completion", self.wait_for_completion):
            return job.job_id
        if self.deferrable:
            trigger = run.trigger(job)
            self.defer(trigger=trigger, method_name="execute_complete", timeout=self.execution_timeout)
        return self._conclude(run, run.wait(job))

    def _conclude(self, run: JobRun, job: Job) -> Any:
        return self._see_through(run, run.obtain()) if run.is_to_be_repeated(job) else run.finish(job)

    def _start(self, context: Context) -> JobRun:
        # What loads boto3 is imported here: the parsing of every DAG file would pay for it above.
        from airstep.operators.job_run import JobRun

        self.job_run = JobRun(self, context)
        return self.job_run

    def _refuse(self, **given: Any) -> None:
        self._complain(*(f"{name}: {REFUSED[name]}" for name, value in given.items() if value is not None))

    def _complain(self, *found: str) -> None:
        if found:
            who = f"{type(self).__name__} {self.task_id!r}"
            raise ValueError("\n".join(f"{who}: {sentence}" for sentence in found))
