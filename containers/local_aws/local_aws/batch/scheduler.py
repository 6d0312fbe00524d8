"""The scheduler: one thread that starts jobs, reads their output and notices their end."""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from local_aws.batch.container_environment import container_environment
from local_aws.batch.containers import Running, RunningContainers
from local_aws.batch.failing import FailingJobs
from local_aws.batch.flow import JobFlow
from local_aws.batch.jobs import AnyJob, ArrayJob, Attempt, Job, JobStatus, Submission, new_job
from local_aws.batch.placement import Environment, Placement, Queue
from local_aws.batch.registry import JobRegistry
from local_aws.batch.retries import tries_again
from local_aws.runners.interface import Exit, Launch, Runner, StartError

EXITED = "Essential container in task exited"
FAILED_TO_START = "Task failed to start"
TIMED_OUT = "Job attempt duration exceeded timeout"

# Starting a process keeps the interpreter for a millisecond: after so many, requests have it for BREATH seconds.
STARTS_AT_ONCE = 2
BREATH = 0.002


class Scheduler:
    """Owns every job. Requests come from any thread, under one lock; the rest happens on the scheduler's thread."""

    def __init__(
        self,
        *,
        runner: Runner,
        endpoint: str,
        stop_timeout: float,
        describe_queue: Callable[[str], Queue | None],
        changed: Callable[[AnyJob], None],
    ) -> None:
        self.lock = threading.RLock()
        self.jobs = JobRegistry(clock=milliseconds, changed=changed)
        self.failing = FailingJobs()
        self._endpoint = endpoint
        self._placement = Placement(describe_queue)
        self._flow = JobFlow(jobs=self.jobs, placement=self._placement)
        self._containers = RunningContainers(runner=runner, stop_timeout=stop_timeout)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="batch-scheduler", daemon=True)

    def start(self) -> None:
        """Start the scheduler's thread."""
        self._thread.start()

    def wake(self) -> None:
        """Have a look now: a process has ended, perhaps a job's."""
        self._containers.wake()

    def stop(self) -> None:
        """End the thread and kill what runs."""
        self._stopping = True
        self._containers.wake()
        self._thread.join()
        with self.lock:
            self._containers.close()

    def submit(self, submission: Submission) -> AnyJob:
        """Take a checked submission in; it is evaluated at once."""
        with self.lock:
            submission = replace(submission, told_to_fail=self.failing.takes(submission))
            job = new_job(submission, milliseconds())
            self._flow.enter(job)
        self._containers.wake()
        return job

    def stop_job(self, job: AnyJob, reason: str, *, terminate: bool) -> None:
        """Cancel a job, or terminate it: that also ends it when it runs already.

        Source: docs.aws.amazon.com/batch/latest/APIReference/API_CancelJob.html and API_TerminateJob.html.
        """
        with self.lock:
            for each in _with_children(job):
                self._stop_one(each, reason, terminate=terminate)
        self._containers.wake()

    def reconsider(self) -> None:
        """Queues or compute environments have changed."""
        with self.lock:
            self._placement.reconsider()
        self._containers.wake()

    def forget(self, account: str, region: str) -> None:
        """Kill and drop every job of an account in a region."""
        with self.lock:
            doomed = [each for each in self._containers if each.job.submission.is_of(account, region)]
            self._containers.kill(doomed)
            for running in doomed:
                self._placement.release(running.job, running.environment.arn)
            for job in self.jobs.of_region(account, region):
                for each in _with_children(job):
                    each.status = JobStatus.FAILED  # whoever still holds one of them lets it go
            self.jobs.forget(account, region)

    def _run(self) -> None:
        more = False
        while not self._stopping:
            if more:
                time.sleep(BREATH)
            readable = self._containers.wait(patiently=not more)
            try:
                more = self._step(readable)
            except Exception:
                more = False
                traceback.print_exc(file=sys.stderr)

    def _step(self, readable: list[Running]) -> bool:
        """Do what is to be done now; True when there may be more jobs to start."""
        with self.lock:
            for running in readable:
                self._containers.read(running)
        with self.lock:
            for running, ended in self._containers.take_ended():
                self._placement.release(running.job, running.environment.arn)
                self._attempt_ended(running.job, ended, running.end_reason, running.environment)
            self._containers.enforce_deadlines(TIMED_OUT)
            self._containers.sweep()
            placed = self._placement.take(STARTS_AT_ONCE)
            for job, environment in placed:
                self._start(job, environment)
        return bool(placed)

    def _start(self, job: Job, environment: Environment) -> None:
        attempt = len(job.attempts) + 1
        self.jobs.move(job, JobStatus.STARTING)
        if job.submission.told_to_fail:
            self.jobs.move(job, JobStatus.RUNNING)
            self._placement.release(job, environment.arn)
            self._attempt_ended(job, Exit(code=1, reason=None), None, environment)
            return
        request = job.submission.container
        launch = Launch(
            name=f"{job.id}-{attempt}",
            image=request.image,
            command=request.command,
            environment=container_environment(job, environment, attempt=attempt, endpoint=self._endpoint),
            vcpus=request.vcpus,
            memory=request.memory,
            gpus=request.gpus,
        )
        try:
            self._containers.start(job, launch, environment)
        except Exception as error:
            # Whatever it is: a job that neither runs nor ends would keep its room, and its waiters, for ever.
            if not isinstance(error, StartError):
                traceback.print_exc(file=sys.stderr)
            reason = str(error) if isinstance(error, StartError) else f"CannotStartContainerError: {error!r}"
            self._placement.release(job, environment.arn)
            self._attempt_ended(job, Exit(code=None, reason=reason), None, environment)
        else:
            self.jobs.move(job, JobStatus.RUNNING)

    def _attempt_ended(self, job: Job, ended: Exit, end_reason: str | None, environment: Environment) -> None:
        attempt = Attempt(
            started_at=None if ended.code is None else job.started_at,
            stopped_at=milliseconds(),
            exit_code=ended.code,
            reason=ended.reason,
            status_reason=end_reason or _status_reason(ended, environment),
        )
        job.attempts = (*job.attempts, attempt)
        if ended.code == 0 and end_reason is None:
            self._flow.end(job, JobStatus.SUCCEEDED, attempt.status_reason)
        elif end_reason is None and tries_again(job.submission.retry, attempt, attempts_made=len(job.attempts)):
            self._flow.retry(job)
        else:
            self._flow.end(job, JobStatus.FAILED, attempt.status_reason)

    def _stop_one(self, job: AnyJob, reason: str, *, terminate: bool) -> None:
        running = self._containers.of(job)
        if job.status.is_terminal or (running is not None and not terminate):
            return
        job.stop_reason = job.stop_reason or reason
        job.is_terminated = job.is_terminated or terminate
        job.is_cancelled = job.is_cancelled or not terminate
        if running is not None:
            self._containers.ask_to_end(running, job.stop_reason)
        elif job.status is JobStatus.RUNNABLE:
            self._flow.end(job, JobStatus.FAILED, job.stop_reason)


def milliseconds() -> int:
    """Now, in milliseconds since 1970, as Batch gives times."""
    return int(time.time() * 1000)


def _with_children(job: AnyJob) -> list[AnyJob]:
    return [job, *(job.children if isinstance(job, ArrayJob) else [])]


def _status_reason(ended: Exit, environment: Environment) -> str:
    if ended.code is not None:
        return EXITED
    # On Fargate the task's own stop reason is shown, on EC2 a fixed text; `reason` has it in both.
    return ended.reason or FAILED_TO_START if environment.is_fargate else FAILED_TO_START
