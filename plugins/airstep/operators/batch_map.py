"""The operator that runs a Batch job for each of many items: one task, from one item to millions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.configuration import conf

from airstep.errors import TASK_STOPPED, BranchStopped, JobLost
from airstep.items import plain
from airstep.links import MAP_LINKS, Console
from airstep.maps.ends import Tolerance
from airstep.maps.requests import RUNNER
from airstep.maps.sizes import ShardSize
from airstep.operators.fields import default_job_name, seconds_problems
from airstep.operators.map_fields import map_problems
from airstep.spec import JobSpec

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airstep.operators.map_run import MapRun


class MapStrategy(StrEnum):
    """How the items of a map become jobs."""

    ARRAY = "array"
    JOBS = "jobs"


_JOB_FIELDS = (
    "job_name",
    "job_queue",
    "job_definition",
    "command",
    "environment",
    "vcpus",
    "memory",
    "gpus",
    "parameters",
    "retry_strategy",
    "share_identifier",
    "scheduling_priority_override",
    "propagate_tags",
    "tags",
)


class BatchMapOperator(BaseOperator):
    """Run a Batch job for each item, and return how many succeeded and where S3 says what became of each.

        from airstep.operators import BatchMapOperator, S3Objects, item

        BatchMapOperator(
            task_id="convert",
            items=S3Objects(bucket="media", prefix="in/", suffix=".wav"),
            command=["ffmpeg", "-i", "/data/" + item["Key"], …],
            results="s3://media/results",
            …
        )

    With the strategy "array", the default, up to 10,000 items make one array job: the image has `airstep-item` in it
    (containers/item_runner), which finds a child's item, runs the command for it and notes in S3 what became of it.
    With "jobs" each item has a job of its own.

    What has succeeded once is not done again, in a retry, after a clear, or in another run: as long as the item, the
    command, environment and parameters are the same, `results` remembers it. To do all again, name another prefix
    (`results="s3://media/results/{{ run_id }}"`). See docs/maps.md.

    :param items: a list, another task's result, or `S3Objects`, `S3JsonLines`, `S3Csv` (templated)
    :param results: an S3 URI, `s3://bucket/prefix`, under which the map is kept: what is to be done, what became of
        each item, and a manifest of all as a distributed Map's ResultWriter writes it (templated)
    :param job_definition: name, name:revision or ARN of the job definition (templated)
    :param job_queue: name or ARN of the job queue (templated)
    :param strategy: "array" or "jobs"
    :param job_name: the jobs' name; default: the last part of the task's id (templated)
    :param command: the command's words, which may name the `item` (templated)
    :param environment: environment variables by name, whose values may name the `item` (templated)
    :param parameters: values of the definition's `Ref::` placeholders, which may name the `item` (templated)
    :param items_per_child: how many items a child of an array job works on, one after another
    :param max_concurrency: how many children, or jobs, there are at once; None: as many as the queue starts
    :param tolerated_failure_percentage: how many of a hundred items may fail, after all `retries`, without the task
        failing
    :param tolerated_failure_count: how many items may, likewise
    :param runner: the words before the command in a child of an array job; none where the image's ENTRYPOINT is
        `airstep-item`
    :param planner_job_definition: name, name:revision or ARN of a job definition whose image is that of
        containers/item_runner: an exported machine plans the array jobs in such a job, where Airflow does it itself
        (templated)
    :param planner_job_queue: its queue; default: `job_queue` (templated)
    :param vcpus: vCPUs, in place of the definition's (templated)
    :param memory: MiB of memory, in place of the definition's (templated)
    :param gpus: GPUs, in place of the definition's (templated)
    :param retry_strategy: `attempts` and `evaluateOnExit` of Batch's own retries; default: a child whose host was lost
        runs again, one that failed does not (templated)
    :param submit_job_timeout: seconds, 60 or more, after which Batch ends an attempt (templated)
    :param share_identifier: the fair share of a queue with a scheduling policy (templated)
    :param scheduling_priority_override: 0 to 9,999, in a queue with a scheduling policy (templated)
    :param propagate_tags: whether the jobs' tags go to their ECS tasks (templated)
    :param tags: tags of the jobs (templated)
    :param deferrable: wait in the triggerer, without a worker; default: `[operators] default_deferrable`
    :param poll_interval: the most seconds between two looks at a job; a young job is looked at more often
    :param aws_conn_id: the Airflow connection; None is boto3's own search for credentials (templated)
    :param region_name: the region, in place of the connection's (templated)
    :param verify: whether, or with which CA bundle, certificates are checked (templated)
    :param botocore_config: settings of botocore's Config

    :raises ItemsFailed: items failed, which the next try works on; in the last one, more than are tolerated.
    :raises AirflowFailException: a retry would not help: AWS rejected the job, the items can't be read, or another
        branch failed.
    """

    ui_color = "#c3dae0"
    template_fields: Sequence[str] = (
        "items",
        "results",
        *_JOB_FIELDS,
        "submit_job_timeout",
        "planner_job_definition",
        "planner_job_queue",
        "aws_conn_id",
        "region_name",
        "verify",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "items": "json",
        "parameters": "json",
        "environment": "json",
        "retry_strategy": "json",
    }

    operator_extra_links = MAP_LINKS

    def __init__(
        self,
        *,
        items: Any,
        results: str,
        job_definition: str,
        job_queue: str,
        strategy: str = MapStrategy.ARRAY,
        job_name: str | None = None,
        command: Sequence[Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        items_per_child: int = 1,
        max_concurrency: int | None = None,
        tolerated_failure_percentage: float | None = None,
        tolerated_failure_count: int | None = None,
        runner: Sequence[str] = RUNNER,
        planner_job_definition: str | None = None,
        planner_job_queue: str | None = None,
        vcpus: float | str | None = None,
        memory: int | str | None = None,
        gpus: int | str | None = None,
        retry_strategy: Mapping[str, Any] | None = None,
        submit_job_timeout: int | str | None = None,
        share_identifier: str | None = None,
        scheduling_priority_override: int | str | None = None,
        propagate_tags: bool | str | None = None,
        tags: Mapping[str, Any] | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        poll_interval: float = 30,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.items = items
        self.results = results
        self.job_definition = plain(job_definition)
        self.job_queue = plain(job_queue)
        self.strategy = strategy
        self.job_name = plain(job_name) if job_name is not None else default_job_name(self.label or self.task_id)
        self.command = plain(command)
        self.environment = plain(environment)
        self.parameters = plain(parameters or {})
        self.items_per_child = items_per_child
        self.max_concurrency = max_concurrency
        self.tolerated_failure_percentage = tolerated_failure_percentage
        self.tolerated_failure_count = tolerated_failure_count
        self.runner = runner
        self.planner_job_definition = planner_job_definition
        self.planner_job_queue = planner_job_queue
        self.vcpus = plain(vcpus)
        self.memory = plain(memory)
        self.gpus = plain(gpus)
        self.retry_strategy = plain(retry_strategy)
        self.submit_job_timeout = plain(submit_job_timeout)
        self.share_identifier = plain(share_identifier)
        self.scheduling_priority_override = plain(scheduling_priority_override)
        self.propagate_tags = plain(propagate_tags)
        self.tags = plain(tags or {})
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.console: Console | None = None
        self.manifest: str | None = None
        self.killed = False
        self.map_run: MapRun | None = None
        found = [*map_problems(self), *seconds_problems("poll_interval", poll_interval)]
        if found:
            raise ValueError("\n".join(f"{type(self).__name__} {self.task_id!r}: {sentence}" for sentence in found))

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """As that of any operator; fields that name the item may be among the arguments."""
        return super().partial(**plain(kwargs))

    def spec(self) -> JobSpec:
        """The job of an item as the fields say it, the item's fields unfilled."""
        return JobSpec(**{name: getattr(self, name) for name in _JOB_FIELDS}, timeout=self.submit_job_timeout)

    @property
    def tolerance(self) -> Tolerance:
        """How many items may fail."""
        return Tolerance(percentage=self.tolerated_failure_percentage, count=self.tolerated_failure_count)

    @property
    def shard_size(self) -> ShardSize:
        """How the items are cut."""
        return ShardSize.of(is_array=self.strategy == MapStrategy.ARRAY, max_concurrency=self.max_concurrency)

    def execute(self, context: Context) -> Any:
        """Plan and submit, or go on with what an earlier try has left running, and see it through."""
        run = self._start(context)
        with run.seen_through():
            run.stop_before_start()
            run.begin()
            return self._see_through(run)

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Go on after the trigger's event; see `BatchMapTrigger`."""
        run = self._start(context)
        with run.seen_through():
            run.resume()
            if "stopped" in event:
                raise BranchStopped(event["stopped"])
            if "lost" in event:
                raise JobLost(event["lost"])
            return self._see_through(run)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Airflow's entry after a deferral; one that timed out or broke comes with the `next_method` "__fail__"."""
        if next_method != "__fail__":
            return super().resume_execution(next_method, next_kwargs, context)
        run = self._start(context)
        with run.seen_through():
            run.resume()
            with run.timed_out():
                return super().resume_execution(next_method, next_kwargs, context)

    def on_kill(self) -> None:
        """Terminate the jobs: Airflow ends this process."""
        self.killed = True
        if self.map_run is not None:
            self.map_run.kill(TASK_STOPPED)

    def _see_through(self, run: MapRun) -> Any:
        while True:
            while run.go_on():
                if self.deferrable:
                    self.defer(trigger=run.trigger(), method_name="execute_complete", timeout=run.time_left())
                run.wait()
            if not run.is_to_be_repeated():
                return run.finish()
            run.plan_anew()

    def _start(self, context: Context) -> MapRun:
        # What loads boto3 is imported here: the parsing of every DAG file would pay for it above.
        from airstep.operators.map_run import MapRun

        self.map_run = MapRun(self, context)
        return self.map_run
