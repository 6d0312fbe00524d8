"""The containers that run: their output, their deadlines, their end; all watched by one selector."""

import contextlib
import os
import selectors
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local_aws.batch.jobs import Job
from local_aws.batch.log_streams import LogWriter
from local_aws.batch.placement import Environment
from local_aws.runners.interface import Container, Exit, Launch, Runner

# Seconds between two looks at the running containers where nothing reports their end.
LONGEST_WAIT = 0.25
# Seconds from a container's end until what it left behind is looked for: once for all that end meanwhile.
SWEEP_AFTER = 1.0
READ_SIZE = 65536


@dataclass(slots=True, kw_only=True, eq=False)
class Running:
    """A running attempt. Moments are of the monotonic clock; ``end_reason`` says why it was asked to end."""

    job: Job
    container: Container
    environment: Environment
    log: LogWriter
    deadline: float | None
    kill_at: float | None = None
    end_reason: str | None = None
    output_open: bool = True


class RunningContainers:
    """Used by the scheduler's thread, and by others under the scheduler's lock; ``wake`` is for any thread."""

    def __init__(self, *, runner: Runner, stop_timeout: float) -> None:
        self._runner = runner
        self._stop_timeout = stop_timeout
        self._running: dict[Job, Running] = {}
        self._sweep_at: float | None = None
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def __iter__(self) -> Iterator[Running]:
        """What runs now; it may end while one walks over it."""
        return iter(list(self._running.values()))

    def of(self, job: object) -> Running | None:
        """The running attempt of a job."""
        return self._running.get(job) if isinstance(job, Job) else None

    def start(self, job: Job, launch: Launch, environment: Environment) -> None:
        """Start a job's next attempt. Raises StartError."""
        container = self._runner.start(launch)
        timeout = job.submission.timeout
        running = Running(
            job=job,
            container=container,
            environment=environment,
            log=LogWriter(job, len(job.attempts) + 1),
            deadline=None if timeout is None else time.monotonic() + timeout,
        )
        self._running[job] = running
        self._selector.register(container.output, selectors.EVENT_READ, running)

    def wait(self, *, patiently: bool) -> list[Running]:
        """Those with output to read; waits for some, a deadline or a wake-up only when ``patiently``."""
        ready = self._selector.select(self._patience() if patiently else 0)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, READ_SIZE)
        return [key.data for key, _ in ready if key.data is not None]

    def wake(self) -> None:
        """End the wait of the scheduler's thread."""
        with contextlib.suppress(BlockingIOError):  # enough wake-ups are waiting already
            os.write(self._wake_write, b"\0")

    def read(self, running: Running) -> None:
        """Read once what a container has written."""
        if not running.output_open:  # it ended meanwhile
            return
        with contextlib.suppress(BlockingIOError):
            output = running.container.read()
            running.log.write(output)
            if not output:
                self._selector.unregister(running.container.output)
                running.output_open = False

    def take_ended(self) -> list[tuple[Running, Exit]]:
        """Those that have ended, their output read to its end; they are forgotten here."""
        ended = [(each, end) for each in self if (end := each.container.exit()) is not None]
        for running, _ in ended:
            with contextlib.suppress(BlockingIOError):
                while output := running.container.read():
                    running.log.write(output)
            running.log.close()
            self._forget(running)
        if ended and self._sweep_at is None:
            self._sweep_at = time.monotonic() + SWEEP_AFTER
        return ended

    def sweep(self) -> None:
        """End what ended containers have left running, when it is time for that."""
        if self._sweep_at is not None and time.monotonic() >= self._sweep_at:
            self._sweep_at = None
            self._runner.sweep()

    def enforce_deadlines(self, timed_out: str) -> None:
        """Ask those over their time to end, and kill those that were asked long enough ago."""
        now = time.monotonic()
        for running in self:
            if running.deadline is not None and now >= running.deadline:
                running.deadline = None
                self.ask_to_end(running, timed_out)
            if running.kill_at is not None and now >= running.kill_at:
                running.kill_at = now + LONGEST_WAIT  # again, should a fork have escaped
                running.container.kill()

    def ask_to_end(self, running: Running, reason: str) -> None:
        """SIGTERM now, SIGKILL after the stop timeout; the first reason counts."""
        if running.end_reason is None:
            running.end_reason = reason
            running.kill_at = time.monotonic() + self._stop_timeout
            running.container.terminate()

    def kill(self, doomed: Iterable[Running]) -> None:
        """Kill containers and wait for their end."""
        doomed = list(doomed)
        for running in doomed:
            running.container.kill()
        for running in doomed:
            self._forget(running)

    def close(self) -> None:
        """Kill what runs, and remove what the runner made."""
        self.kill(self)
        self._runner.close()

    def _forget(self, running: Running) -> None:
        if running.output_open:
            self._selector.unregister(running.container.output)
            running.output_open = False
        running.container.close()
        del self._running[running.job]

    def _patience(self) -> float | None:
        now = time.monotonic()
        until_sweep = None if self._sweep_at is None else max(0.0, self._sweep_at - now)
        if not self._running:
            return until_sweep
        moments = [moment for each in self for moment in (each.deadline, each.kill_at) if moment is not None]
        return max(0.0, min([LONGEST_WAIT, *(moment - now for moment in moments)]))
