"""The scheduler: one thread that starts jobs, reads their output and notices their end."""

import contextlib
import os
import selectors
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from local_aws.batch.container_environment import container_environment
from local_aws.batch.dependencies import DEPENDENT_JOB_FAILED, Dependencies
from local_aws.batch.jobs import AnyJob, ArrayJob, Attempt, Job, JobStatus, Submission, new_job
from local_aws.batch.log_streams import LogWriter
from local_aws.batch.placement import Environment, Placement, Queue
from local_aws.batch.registry import JobRegistry
from local_aws.batch.retries import tries_again
from local_aws.runners.interface import Container, Exit, Launch, Runner, StartError

EXITED = "Essential container in task exited"
FAILED_TO_START = "Task failed to start"
TIMED_OUT = "Job attempt duration exceeded timeout"
CHILD_FAILED = "Array Child Job failed"

# Starting a process keeps the interpreter for a millisecond: after so many, requests have it for BREATH seconds.
STARTS_AT_ONCE = 2
BREATH = 0.002
# Seconds between two looks at the running jobs where nothing reports their end.
LONGEST_WAIT = 0.25
READ_SIZE = 65536


@dataclass(slots=True, kw_only=True, eq=False)
class _Running:
    job: Job
    container: Container
    environment: Environment
    log: LogWriter
    deadline: float | None
    kill_at: float | None = None
    end_reason: str | None = None
    output_open: bool = True


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
        self._runner = runner
        self._endpoint = endpoint
        self._stop_timeout = stop_timeout
        self._placement = Placement(describe_queue)
        self._dependencies = Dependencies(self.jobs.find)
        self._running: dict[Job, _Running] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="batch-scheduler", daemon=True)

    # Requests, from any thread

    def start(self) -> None:
        """Start the scheduler's thread."""
        self._thread.start()

    def stop(self) -> None:
        """Kill what runs and end the thread."""
        self._stopping = True
        self.wake()
        self._thread.join()
        with self.lock:
            for running in self._running.values():
                running.container.kill()
            for running in self._running.values():
                running.container.close()
            self._running.clear()
        self._runner.close()

    def wake(self) -> None:
        """Look again now."""
        with contextlib.suppress(BlockingIOError):  # enough wake-ups are waiting already
            os.write(self._wake_write, b"\0")

    def wake_on_child_exit(self) -> None:
        """Notice at once when a process ends. Main thread only: it takes the process's SIGCHLD."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def submit(self, submission: Submission) -> AnyJob:
        """Take a checked submission in; it is evaluated at once."""
        with self.lock:
            job = new_job(submission, milliseconds())
            self.jobs.add(job)
            doomed = self._dependencies.add(job)
            self._evaluate(job)
            for hopeless in doomed:
                self._end(hopeless, JobStatus.FAILED, DEPENDENT_JOB_FAILED)
        self.wake()
        return job

    def stop_job(self, job: AnyJob, reason: str, *, terminate: bool) -> None:
        """Cancel a job, or terminate it: that also ends it when it runs already.

        Source: docs.aws.amazon.com/batch/latest/APIReference/API_CancelJob.html and API_TerminateJob.html.
        """
        with self.lock:
            for each in [job, *(job.children if isinstance(job, ArrayJob) else [])]:
                self._stop_one(each, reason, terminate=terminate)
        self.wake()

    def reconsider(self) -> None:
        """Queues or compute environments have changed."""
        with self.lock:
            self._placement.reconsider()
        self.wake()

    def forget(self, account: str, region: str) -> None:
        """Kill and drop every job of an account in a region."""
        with self.lock:
            for running in [each for each in self._running.values() if _is_of(each.job, account, region)]:
                running.container.kill()
                self._release(running)
            for job in self.jobs.of_region(account, region):
                for each in [job, *(job.children if isinstance(job, ArrayJob) else [])]:
                    each.status = JobStatus.FAILED  # whoever still holds one of them lets it go
            self.jobs.forget(account, region)

    # The scheduler's thread

    def _run(self) -> None:
        more = False
        while not self._stopping:
            if more:
                time.sleep(BREATH)
            for key, _ in self._selector.select(0 if more else self._patience()):
                self._readable(key)
            with self.lock:
                self._end_finished()
                self._enforce_deadlines()
                more = self._start_jobs()

    def _patience(self) -> float | None:
        if not self._running:
            return None
        now = time.monotonic()
        moments = [moment for each in self._running.values() for moment in (each.deadline, each.kill_at) if moment]
        return max(0.0, min([LONGEST_WAIT, *(moment - now for moment in moments)]))

    def _readable(self, key: selectors.SelectorKey) -> None:
        if key.fd == self._wake_read:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, READ_SIZE)
            return
        with self.lock:
            running: _Running = key.data
            if running.output_open and not self._read_output(running):
                self._selector.unregister(key.fd)
                running.output_open = False

    @staticmethod
    def _read_output(running: _Running) -> bool:
        """Read once; False at the end of the output."""
        with contextlib.suppress(BlockingIOError):
            output = running.container.read()
            running.log.write(output)
            return bool(output)
        return True

    def _end_finished(self) -> None:
        for running in list(self._running.values()):
            ended = running.container.exit()
            if ended is not None:
                self._attempt_ended(running, ended)

    def _enforce_deadlines(self) -> None:
        now = time.monotonic()
        for running in self._running.values():
            if running.deadline is not None and now >= running.deadline:
                running.deadline = None
                self._ask_to_end(running, TIMED_OUT)
            if running.kill_at is not None and now >= running.kill_at:
                running.kill_at = now + LONGEST_WAIT  # again, should a fork have escaped
                running.container.kill()

    def _start_jobs(self) -> bool:
        """Start some jobs; True when there may be more to start."""
        placed = self._placement.take(STARTS_AT_ONCE)
        for job, environment in placed:
            self._start(job, environment)
        return bool(placed)

    def _start(self, job: Job, environment: Environment) -> None:
        attempt = len(job.attempts) + 1
        self.jobs.move(job, JobStatus.STARTING)
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
            container = self._runner.start(launch)
        except StartError as error:
            self._placement.release(job, environment.arn)
            self._after_attempt(job, Exit(code=None, reason=str(error)), None, environment)
            return
        self.jobs.move(job, JobStatus.RUNNING)
        timeout = job.submission.timeout
        running = _Running(
            job=job,
            container=container,
            environment=environment,
            log=LogWriter(job, attempt),
            deadline=None if timeout is None else time.monotonic() + timeout,
        )
        self._running[job] = running
        self._selector.register(container.output, selectors.EVENT_READ, running)

    def _attempt_ended(self, running: _Running, ended: Exit) -> None:
        self._read_rest(running)
        self._release(running)
        self._after_attempt(running.job, ended, running.end_reason, running.environment)

    @staticmethod
    def _read_rest(running: _Running) -> None:
        with contextlib.suppress(BlockingIOError):
            while output := running.container.read():
                running.log.write(output)
        running.log.close()

    def _release(self, running: _Running) -> None:
        if running.output_open:
            self._selector.unregister(running.container.output)
            running.output_open = False
        running.container.close()
        del self._running[running.job]
        self._placement.release(running.job, running.environment.arn)

    def _after_attempt(self, job: Job, ended: Exit, end_reason: str | None, environment: Environment) -> None:
        now = milliseconds()
        attempt = Attempt(
            started_at=None if ended.code is None else job.started_at,
            stopped_at=now,
            exit_code=ended.code,
            reason=ended.reason,
            status_reason=end_reason or _status_reason(ended, environment),
        )
        job.attempts = (*job.attempts, attempt)
        if ended.code == 0 and end_reason is None:
            self._end(job, JobStatus.SUCCEEDED, attempt.status_reason)
        elif end_reason is None and tries_again(job.submission.retry, attempt, attempts_made=len(job.attempts)):
            self.jobs.move(job, JobStatus.RUNNABLE)
            self._placement.add(job, first=True)
        else:
            self._end(job, JobStatus.FAILED, attempt.status_reason)

    # What a change of one job means for the others

    def _evaluate(self, job: AnyJob) -> None:
        """Let a job and its children go as far as their dependencies allow."""
        if job.waiting:
            if job.status is JobStatus.SUBMITTED:
                self.jobs.move(job, JobStatus.PENDING)
        elif job.stop_reason is not None and not isinstance(job, ArrayJob):
            self._end(job, JobStatus.FAILED, job.stop_reason)
        elif isinstance(job, ArrayJob):
            for child in job.children:
                if not child.status.is_terminal:
                    self._evaluate(child)
        elif job.parent is None or not job.parent.waiting:
            self.jobs.move(job, JobStatus.RUNNABLE)
            self._placement.add(job)

    def _end(self, job: AnyJob, status: JobStatus, reason: str | None) -> None:
        """Give a job its last status, and all that follows from it; a loop, since chains may be long."""
        ending: deque[tuple[AnyJob, JobStatus, str | None]] = deque([(job, status, reason)])
        while ending:
            each, status, reason = ending.popleft()
            if each.status.is_terminal:
                continue
            if isinstance(each, ArrayJob) and each.unfinished:
                each.stop_reason = each.stop_reason or reason
                ending.extend((child, status, reason) for child in each.children)
                continue
            self.jobs.move(each, status, reason)
            if isinstance(each, Job) and each.parent is not None and not each.parent.unfinished:
                ending.append((each.parent, *_outcome(each.parent)))
            for dependent in self._dependencies.ended(each):
                if dependent.status.is_terminal:
                    continue
                if status is JobStatus.FAILED:
                    ending.append((dependent, status, dependent.stop_reason or DEPENDENT_JOB_FAILED))
                else:
                    dependent.waiting -= 1
                    self._evaluate(dependent)

    def _stop_one(self, job: AnyJob, reason: str, *, terminate: bool) -> None:
        if job.status.is_terminal:
            return
        running = self._running.get(job) if isinstance(job, Job) else None
        if running is not None and not terminate:
            return
        job.stop_reason = job.stop_reason or reason
        job.is_terminated = job.is_terminated or terminate
        job.is_cancelled = job.is_cancelled or not terminate
        if running is not None:
            self._ask_to_end(running, job.stop_reason)
        elif job.status is JobStatus.RUNNABLE:
            self._end(job, JobStatus.FAILED, job.stop_reason)

    def _ask_to_end(self, running: _Running, reason: str) -> None:
        if running.end_reason is None:
            running.end_reason = reason
            running.kill_at = time.monotonic() + self._stop_timeout
            running.container.terminate()


def milliseconds() -> int:
    """Now, in milliseconds since 1970, as Batch gives times."""
    return int(time.time() * 1000)


def _is_of(job: Job, account: str, region: str) -> bool:
    return job.submission.account == account and job.submission.region == region


def _status_reason(ended: Exit, environment: Environment) -> str:
    if ended.code is not None:
        return EXITED
    # On Fargate the task's own stop reason is shown, on EC2 a fixed text; `reason` has it in both.
    return ended.reason or FAILED_TO_START if environment.is_fargate else FAILED_TO_START


def _outcome(parent: ArrayJob) -> tuple[JobStatus, str | None]:
    if not parent.summary[JobStatus.FAILED]:
        return JobStatus.SUCCEEDED, None
    return JobStatus.FAILED, parent.stop_reason or CHILD_FAILED
