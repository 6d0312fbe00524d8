"""What the scheduler asks of a runner: to start a container, and of a container: its output, its end."""

from dataclasses import dataclass
from typing import Protocol


class StartError(Exception):
    """A container couldn't be started; the text is the ``reason`` that Batch shows: ``CannotPullContainerError: …``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One attempt of one job. ``memory`` is in MiB; an empty ``command`` means the image's own."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    vcpus: float
    memory: int
    gpus: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a container ended. No ``code``: it never ran, and ``reason`` says why."""

    code: int | None
    reason: str | None = None


class Container(Protocol):
    """A started container."""

    @property
    def output(self) -> int:
        """A non-blocking file descriptor with what the program writes, standard output and error together."""

    def read(self) -> bytes:
        """Some of the output; empty at its end. Raises BlockingIOError when there is none yet."""

    def exit(self) -> Exit | None:
        """How it ended, None while it runs. Never blocks."""

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""

    def kill(self) -> None:
        """End it and everything it started (SIGKILL)."""

    def close(self) -> None:
        """Remove what is left of an ended container. Closes ``output``."""


class Runner(Protocol):
    """Starts containers."""

    def start(self, launch: Launch) -> Container:
        """Start a container without waiting for it. Raises StartError."""

    def sweep(self) -> None:
        """End what ended containers have left running; called soon after one has ended."""

    def close(self) -> None:
        """Remove the runner's own folders and processes. All its containers have been closed."""
