"""`make bench`: all benchmarks, one after the other; the exit code is 1 when any of their promises is broken."""

import subprocess
import sys

ROOMS = ("operators", "maps", "compiler")


def main() -> int:
    """Run each room in a process of its own, with what it takes by default."""
    codes = [subprocess.run([sys.executable, "-m", f"benchmarks.{room}"], check=False).returncode for room in ROOMS]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
