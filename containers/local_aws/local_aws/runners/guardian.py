"""Kills the process groups of a local_aws that died without doing so itself.

Standard input has a line ``+<group>`` for each group that started and ``-<group>`` for each that ended. When it
closes, local_aws is gone: what is left is killed, the scratch folder (the only argument) removed. Run as a script,
with the standard library only, so that it is small and starts at once.
"""

import contextlib
import os
import shutil
import signal
import sys


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
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends with local_aws, not before
    main()
