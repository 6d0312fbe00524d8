"""Kills the process groups of a local_aws that died without doing so itself.

Standard input has a line ``+<group>`` for each group that started and ``-<group>`` for each that ended. When it
closes, local_aws is gone: what is left is killed, the scratch folder (the first argument) removed, and so are the
Docker containers with the label that a second argument gives. Run as a script, with the standard library only, so that
it is small and starts at once.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator


def main() -> None:
    """Read groups until the end of standard input, then kill those that are left."""
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    for process, _ in job_processes(sys.argv[1]):
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if len(sys.argv) > 2:
        remove_containers(sys.argv[2])


def job_processes(scratch: str) -> Iterator[tuple[int, int]]:
    """The processes that a job left its folder's name to, whatever their group: (process id, number of the folder).

    So even one that made itself a session of its own is found. Linux only: elsewhere /proc tells nothing.
    """
    pattern = re.compile(rb"(?:^|\0)(?:HOME|TMPDIR)=" + re.escape(os.fsencode(scratch)) + rb"/([0-9]+)(?:\0|$)")
    for entry in os.listdir("/proc") if sys.platform == "linux" else []:  # noqa: PTH208 - a thousand names are plain text
        if entry.isdecimal():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/environ", "rb") as environment:  # noqa: PTH123
                if found := pattern.search(environment.read()):
                    yield int(entry), int(found[1])


def remove_containers(label: str) -> None:
    """Remove the Docker containers with a label, running or not."""
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label={label}"], capture_output=True, text=True, check=False
    )
    if names := listed.stdout.split():
        subprocess.run(["docker", "rm", "--force", *names], capture_output=True, check=False)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends with local_aws, not before
    main()
