"""A child process and all that it starts is gone when its block is left, however it is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from asl_export.verify import children
from asl_export.verify.children import child, interruptible

FAMILY = "sleep 60 & echo $!; wait"
APART = """
import subprocess
sleeper = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(sleeper.pid, flush=True)
sleeper.wait()
"""
STUBBORN = "trap '' TERM; while :; do sleep 0.1; done"


def first_line(log: Path) -> str:
    """What the child says first, waited for."""
    give_up = time.monotonic() + 10
    while "\n" not in (text := log.read_text()):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return text.split("\n")[0]


def gone(pid: int) -> bool:
    """Whether soon no process with this id runs (a zombie waits for its parent and runs no more)."""
    give_up = time.monotonic() + 5  # a killed process dies when the system gets to it
    while time.monotonic() < give_up:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_a_grandchild_ends_with_the_block(tmp_path: Path) -> None:
    with child(["sh", "-c", FAMILY], environment=os.environ, log=tmp_path / "log"):
        grandchild = int(first_line(tmp_path / "log"))
    assert gone(grandchild)


def test_a_grandchild_in_a_session_of_its_own_ends_with_the_block(tmp_path: Path) -> None:
    with child([sys.executable, "-c", APART], environment=os.environ, log=tmp_path / "log"):
        grandchild = int(first_line(tmp_path / "log"))
    assert gone(grandchild)


def test_an_error_in_the_block_ends_the_child_too(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="ours"),
        child(["sleep", "60"], environment=os.environ, log=tmp_path / "l") as process,
    ):
        raise ValueError("ours")
    assert gone(process.pid)


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "GRACE_SECONDS", 0.3)
    with child(["sh", "-c", STUBBORN], environment=os.environ, log=tmp_path / "log") as process:
        pass
    assert gone(process.pid)


def test_a_request_to_end_runs_the_clean_up_and_tells_so_in_the_exit_code(tmp_path: Path) -> None:
    sleeper = child(["sleep", "60"], environment=os.environ, log=tmp_path / "log")
    with pytest.raises(SystemExit) as left, interruptible(), sleeper as process:
        os.kill(os.getpid(), signal.SIGTERM)
    assert (left.value.code, gone(process.pid)) == (128 + signal.SIGTERM, True)
