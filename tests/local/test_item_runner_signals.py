"""Signals to the runner of a map's items: passed on to the command, and never lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.local.local_aws_server import wait_for
from tests.local.mapped_items import MappedItems
from tests.local.s3_bucket import Bucket
from tests.local.s3_gate import gate

# Says when it can be signalled; tells every signal, and ends with the code of its argument at SIGUSR1.
TELLS = """
import os, signal, sys
def tell(number, frame):
    os.write(1, signal.Signals(number).name.encode() + b"\\n")
    if number == signal.SIGUSR1:
        os._exit(int(sys.argv[1]))
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(each, tell)
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""
STOPPING = ("SIGTERM", "SIGINT", "SIGHUP")


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ends(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, said = process.communicate(timeout=30)
    return process.returncode, out, said


@pytest.mark.parametrize("name", [*STOPPING, "SIGUSR2"])
def test_a_signal_is_passed_on_to_the_command(bucket: Bucket, name: str) -> None:
    process = MappedItems.of(bucket, ["x"]).start(sys.executable, "-c", TELLS, "0")
    assert line(process) == "ready"
    process.send_signal(signal.Signals[name])
    assert line(process) == name
    process.send_signal(signal.SIGUSR1)
    assert line(process) == "SIGUSR1"
    assert ends(process) == (0, "", "")


def test_a_signal_to_the_whole_group_reaches_the_command_once(bucket: Bucket) -> None:
    """As Ctrl-C in a terminal, and as the local AWS stops a job."""
    process = MappedItems.of(bucket, ["x"]).start(sys.executable, "-c", TELLS, "0")
    assert line(process) == "ready"
    os.killpg(process.pid, signal.SIGINT)
    assert line(process) == "SIGINT"
    process.send_signal(signal.SIGUSR1)
    assert ends(process) == (0, "SIGUSR1\n", "")


@pytest.mark.parametrize("name", STOPPING)
def test_a_stopped_item_fails_with_that_as_its_reason_and_no_further_one_is_started(bucket: Bucket, name: str) -> None:
    items = MappedItems.of(bucket, ["first", "second"])
    process = items.start("sh", "-c", "echo {}; exec sleep 60")
    assert line(process) == "first"
    process.send_signal(signal.Signals[name])
    code, out, _ = ends(process)
    assert (code, out) == (128 + signal.Signals[name], "")
    assert items.marker("failed", 0)["reason"] == (
        f"The item was stopped: {name} came while the command ran, which was ended by {name}."
    )
    assert (items.markers("failed"), items.markers("succeeded")) == ([0], [])


def test_an_item_that_ends_well_after_sigterm_has_succeeded_and_no_further_one_is_started(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["first", "second"])
    process = items.start("sh", "-c", "trap 'exit 0' TERM; echo {}; while :; do sleep 0.05; done")
    assert line(process) == "first"
    process.terminate()
    code, out, said = ends(process)
    assert (code, out) == (143, "")
    assert "SIGTERM: item 00000000000000000000000000000001 and what follows it wasn't run." in said
    assert (items.markers("failed"), items.markers("succeeded")) == ([], [0])


def test_the_last_item_that_ends_well_after_sigterm_makes_a_good_child(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["only"])
    process = items.start("sh", "-c", "trap 'exit 0' TERM; echo {}; while :; do sleep 0.05; done")
    assert line(process) == "only"
    process.terminate()
    assert ends(process)[0] == 0
    assert items.markers("succeeded") == [0]


@pytest.mark.parametrize(("method", "part"), [("GET", "/shards/"), ("HEAD", "/succeeded/")])
@pytest.mark.parametrize("name", STOPPING)
def test_a_signal_before_the_command_ends_the_child_at_once(bucket: Bucket, method: str, part: str, name: str) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, method, part) as held:
        process = items.start("echo", "ran", AWS_ENDPOINT_URL=held.endpoint)
        assert held.arrived.wait(30)
        process.send_signal(signal.Signals[name])
        code, out, said = ends(process)
    assert (code, out) == (128 + signal.Signals[name], "")
    assert said.startswith(f"airstep-item: {name}")
    assert items.markers("failed") == []


def test_sigusr1_before_the_command_is_kept_for_it(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, "HEAD", "/succeeded/") as held:
        process = items.start("sleep", "60", AWS_ENDPOINT_URL=held.endpoint)
        assert held.arrived.wait(30)
        process.send_signal(signal.SIGUSR1)
        held.opened.set()
        assert ends(process)[0] == 138
    assert items.marker("failed")["reason"] == "The command was ended by SIGUSR1."


def test_a_signal_while_a_marker_is_written_does_not_stop_that(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["first", "second"])
    with gate(bucket.aws.endpoint, "PUT", "/succeeded/") as held:
        process = items.start("echo", "{}", AWS_ENDPOINT_URL=held.endpoint)
        assert held.arrived.wait(30)
        process.terminate()
        process.terminate()
        held.opened.set()
        code, out, _ = ends(process)
    assert (code, out, items.markers("succeeded")) == (143, "first\n", [0])


def test_a_signal_that_was_ignored_stays_so(bucket: Bucket) -> None:
    """As nohup asks for."""
    process = MappedItems.of(bucket, ["x"]).start(
        "sh", "-c", "echo ready; exec sleep 60", python=("nohup", sys.executable)
    )
    assert line(process) == "ready"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert ends(process)[0] == 143


def test_the_command_has_the_signals_of_a_fresh_process(bucket: Bucket) -> None:
    """Not the runner's: with SIGPIPE ignored `yes | head` would run on, with SIGTERM blocked nothing could end it."""
    done = MappedItems.of(bucket, ["x"]).run("cat", "/proc/self/status")
    masks = dict(each.split(":\t") for each in done.stdout.splitlines() if each.startswith(("SigBlk", "SigIgn")))
    of_glibc = 1 << 31 | 1 << 32  # its own two, which posix_spawn leaves ignored
    assert {name: int(mask, 16) & ~of_glibc for name, mask in masks.items()} == {"SigBlk": 0, "SigIgn": 0}


@pytest.mark.slow
def test_no_moment_is_wrong_for_sigterm(bucket: Bucket) -> None:
    """Sent at moments from before the runner's first line until its command runs: it always ends, and as stopped."""
    items = MappedItems.of(bucket, ["x"])
    codes = set()
    for moment in range(60):
        process = items.start("sleep", "60")
        time.sleep(moment * 0.008)
        process.terminate()
        codes.add(ends(process)[0])
    assert codes <= {143, -signal.SIGTERM}  # the latter: before Python ran a line of ours
    assert 143 in codes
    assert items.markers("succeeded") == []


@pytest.fixture
def unshare() -> list[str]:
    command = ["unshare", "--pid", "--fork", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no leave to make a process namespace")
    return command


def test_as_process_1_of_a_container_it_ends_at_sigterm_with_its_command(bucket: Bucket, unshare: list[str]) -> None:
    items = MappedItems.of(bucket, ["x"])
    process = items.start("sh", "-c", "echo $PPID; exec sleep 60", python=[*unshare, sys.executable])
    assert line(process) == "1"
    os.kill(only_child_of(process.pid), signal.SIGTERM)
    assert ends(process)[0] == 143
    assert items.marker("failed")["exitCode"] == 143


def test_as_process_1_it_is_stopped_while_it_reads_its_item(bucket: Bucket, unshare: list[str]) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, "GET", "/shards/") as held:
        process = items.start("true", python=[*unshare, sys.executable], AWS_ENDPOINT_URL=held.endpoint)
        assert held.arrived.wait(30)
        os.kill(only_child_of(process.pid), signal.SIGTERM)
        assert ends(process)[0] == 143


def test_as_process_1_it_is_not_confused_by_orphans_that_end(bucket: Bucket, unshare: list[str]) -> None:
    items = MappedItems.of(bucket, ["x"])
    process = items.start(
        "sh", "-c", "(sleep 0.1 &) ; (sleep 0.2 &) ; sleep 0.5; exit 7", python=[*unshare, sys.executable]
    )
    assert ends(process)[0] == 7


def only_child_of(process: int) -> int:
    file = Path(f"/proc/{process}/task/{process}/children")
    return int(wait_for(lambda: file.read_text().split(), what="the process in the namespace")[0])
