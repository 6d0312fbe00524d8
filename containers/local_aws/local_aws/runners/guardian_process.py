"""The handle on the guardian: a process that cleans up after us when we can't."""

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO, cast

GUARDIAN = Path(__file__).with_name("guardian.py")


class Guardian:
    """A process that outlives us only to kill the groups we leave behind when we are killed ourselves.

    It reads the groups from a pipe; the pipe's end is our end. This works on Linux and macOS alike. Docker containers
    with ``container_label`` are removed too: they are the engine's children, not ours.
    """

    def __init__(self, scratch: Path, *, container_label: str | None = None) -> None:
        label = [] if container_label is None else [container_label]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARDIAN), str(scratch), *label],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in our terminal is for us
        )
        self._pipe = cast(BinaryIO, self._process.stdin)

    def watch(self, group: int) -> None:
        """Kill ``group`` when we are gone."""
        self._say(f"+{group}\n")

    def forget(self, group: int) -> None:
        """The group has ended."""
        self._say(f"-{group}\n")

    def close(self) -> None:
        """End the guardian."""
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # someone killed the guardian: jobs still run
            self._pipe.write(line.encode())
            self._pipe.flush()
