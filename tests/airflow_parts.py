"""One part of a running Airflow, which a test may kill, halt and start again."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from asl_export.verify.children import child


@dataclass(slots=True, kw_only=True)
class Part:
    """A process with its descendants; each start has a log of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    logs: Path
    _starts: int = 0
    _process: psutil.Process | None = None
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _left: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        """Start it, as a process group of its own."""
        self._running.close()
        self._starts += 1
        started = self._running.enter_context(child(self.command, environment=self.environment, log=self.log))
        self._process = psutil.Process(started.pid)

    def stop(self) -> None:
        """End it as an operator would, whatever it has started, and what it left when it was killed alone."""
        self._running.close()
        self._left.close()

    @property
    def log(self) -> Path:
        """What the latest start has printed."""
        return self.logs / (f"{self.name}.log" if self._starts < 2 else f"{self.name}-{self._starts}.log")

    def family(self) -> list[psutil.Process]:
        """The process and its descendants."""
        assert self._process is not None, f"{self.name} was never started"
        return [self._process, *self._process.children(recursive=True)]

    def kill(self) -> None:
        """SIGKILL the process and its descendants at once, as if the machine were gone."""
        family = self.halt()
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)

    def kill_alone(self, *, when: Callable[[], bool] = lambda: True) -> list[psutil.Process]:
        """SIGKILL the process itself; the descendants that it leaves, until it is stopped.

        :param when: whether now is the moment, asked while the process is halted.
        """
        first, *left = self.family()
        first.suspend()
        while not when():
            first.resume()
            time.sleep(0.05)
            first.suspend()
        first.kill()
        psutil.wait_procs([first], timeout=10)
        for process in left:
            self._left.callback(_kill, process)
        self._left.push(self._running.pop_all())
        return left

    def halt(self) -> list[psutil.Process]:
        """SIGSTOP the process and its descendants, which it gives; the first before the rest, so that none is added."""
        family = self.family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
        return family

    def go_on(self) -> None:
        """SIGCONT them."""
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
