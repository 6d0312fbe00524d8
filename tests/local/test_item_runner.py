"""The runner of a map's items, run as the process it is, on the local AWS's S3: docs/maps.md, "What a child sees"."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.local.mapped_items import BASE, RUNNER, MappedItems, item_id, line_of, shard_of
from tests.local.s3_bucket import Bucket
from tests.local.s3_gate import gate


def echo(*words: str) -> tuple[str, ...]:
    """A command that prints each of its arguments as JSON."""
    return (sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))", *words)


def test_the_command_gets_its_own_childs_item_and_a_marker_says_that_it_succeeded(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, *([{"Key": f"{n} é.mp4"}] for n in range(3)))
    done = items.run(*echo("{Key}"), AWS_BATCH_JOB_ARRAY_INDEX="2", AWS_BATCH_JOB_ID="a-b:2", AWS_BATCH_JOB_ATTEMPT="3")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, ["2 é.mp4"], "")
    marker = items.marker("succeeded", 2)
    times = marker.pop("startedAt"), marker.pop("stoppedAt")
    assert marker == {"item": {"Key": "2 é.mp4"}, "exitCode": 0, "jobId": "a-b:2", "attempt": 3}
    assert times[0] <= times[1]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) for time in times)
    assert (items.markers("succeeded"), items.markers("failed")) == ([2], [])


def test_a_job_that_is_no_child_takes_the_first_line(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["only"])
    assert json.loads(items.run(*echo("{}")).stdout) == ["only"]
    assert (items.marker("succeeded")["jobId"], items.marker("succeeded")["attempt"]) == (None, None)


def test_the_command_runs_without_a_shell_and_without_input(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["$(id); *"])
    assert json.loads(items.run(*echo("{}", "", "a b")).stdout) == ["$(id); *", "", "a b"]
    assert MappedItems.of(bucket, ["x"]).run("cat").returncode == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (3.0, "3"),
        (-0.5, "-0.5"),
        (12345678901234567890, "12345678901234567890"),
        (1e100, "1e+100"),
    ],
)
def test_a_placeholder_stands_for_the_text_of_a_value(bucket: Bucket, value: object, text: str) -> None:
    done = MappedItems.of(bucket, [{"a": {"b": value}}]).run(*echo("{a.b}", "<{a.b}{a.b}>", "{{a.b}}"))
    assert json.loads(done.stdout) == [text, f"<{text}{text}>", "{a.b}"]


def test_variables_are_filled_and_reach_the_command(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, [{"Key": "k", "n": 2.0}])
    done = items.run(
        "sh",
        "-c",
        'echo "$SOURCE $N $KEPT"',
        KEPT="{kept}",
        SOURCE="s3://b/{Key}",
        N="{n}",
        AIRSTEP_ITEM_ENVIRONMENT="SOURCE,N",
    )
    assert (done.returncode, done.stdout) == (0, "s3://b/k 2 {kept}\n")


@pytest.mark.parametrize(
    ("item", "word", "why"),
    [
        ({"K": 1, "S": 2}, "{N}.mp4", "'{N}.mp4' of the command can't be filled: there is no such field among K, S."),
        ({}, "{Key}", "'{Key}' of the command can't be filled: there is no such field among none."),
        ({"a": {"b": 1}}, "{a.c}", "there is no such field among b."),
        ({"a": 1}, "{a.c}", "a number has no fields."),
        (["x"], "{Key}", "a list has no fields."),
        ({"a": None}, "{a}", "null has no text."),
        ({"a": []}, "{a}", "a list has no text."),
        ({"a": 1}, "{}", "an object has no text."),
        ({"a": 1}, "{a!r}", "with no format, conversion or index."),
        ({"a": 1}, "{a:>9}", "with no format, conversion or index."),
        (["x"], "{[0]}", "with no format, conversion or index."),
        ({"a": 1}, "{a", "expected '}' before end of string."),
        ({"a": "\0"}, "{a}", "no command line or variable can hold: embedded null byte."),
        ({"a": "\ud800"}, "{a}", "surrogates not allowed."),
        ({"a": "x" * 200_000}, "{a}", "can't be run: Argument list too long."),
    ],
)  # fmt: skip
def test_an_item_that_does_not_fit_the_command_fails_for_good_with_the_reason(
    bucket: Bucket, item: object, word: str, why: str
) -> None:
    # In ASCII, as half a pair of surrogates has no bytes in UTF-8.
    items = MappedItems.of_shard(bucket, shard_of([line_of([[item_id(0), item]], ascii_only=True)]))
    done = items.run(*echo(word))
    assert (done.returncode, done.stdout) == (65, "")
    marker = items.marker("failed")
    assert marker["reason"].endswith(why)
    assert (marker["exitCode"], marker["item"]) == (65, item)
    assert done.stderr == f"airstep-item: item {item_id(0)} failed: {marker['reason']}\n".replace("\ud800", "\\ud800")


def test_what_is_wrong_with_a_variable_is_said_without_its_value(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, [{"Key": "k"}])
    done = items.run("true", TOKEN="pa{ss}word", AIRSTEP_ITEM_ENVIRONMENT="TOKEN")
    assert done.returncode == 65
    assert items.marker("failed")["reason"] == (
        "A placeholder in the variable TOKEN can't be filled: there is no such field among Key."
    )
    assert "ss}" not in done.stderr


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("no-such-program", "There is no program 'no-such-program' that could be run."),
        ("/etc/passwd", "There is no program '/etc/passwd' that could be run."),
    ],
)
def test_a_command_that_does_not_exist_is_not_tried_again(bucket: Bucket, program: str, why: str) -> None:
    items = MappedItems.of(bucket, ["x"])
    assert items.run(program).returncode == 65
    assert items.marker("failed")["reason"] == why


def test_a_program_that_is_none_is_not_tried_again(bucket: Bucket, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\0\0\0")
    program.chmod(0o755)
    items = MappedItems.of(bucket, ["x"])
    assert items.run(str(program)).returncode == 65
    assert items.marker("failed")["reason"] == f"{program} can't be run: Exec format error."


@pytest.mark.parametrize(
    ("script", "code", "reason"),
    [
        ("exit 3", 3, "The command ended with exit code 3."),
        ("exit 65", 65, "The command ended with exit code 65."),
        ("kill -9 $$", 137, "The command was ended by SIGKILL."),
        ("kill -40 $$", 168, "The command was ended by signal 40."),
    ],
)
def test_a_command_that_fails_gives_its_exit_code_to_the_child(
    bucket: Bucket, script: str, code: int, reason: str
) -> None:
    items = MappedItems.of(bucket, ["x"])
    assert items.run("sh", "-c", script).returncode == code
    marker = items.marker("failed")
    assert (marker["exitCode"], marker["reason"], items.markers("succeeded")) == (code, reason, [])


def test_an_item_that_has_succeeded_before_is_skipped_and_one_that_failed_is_not(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, [1, 0])
    test = ("sh", "-c", "echo ran {}; exit {}")
    assert (items.run(*test).returncode, items.markers("succeeded"), items.markers("failed")) == (1, [1], [0])
    again = items.run("echo", "ran", "{}")
    assert (again.returncode, again.stdout) == (0, "ran 1\n")
    assert f"item {item_id(1)} has succeeded before: skipped." in again.stderr
    assert sorted(items.markers("succeeded")) == [0, 1]


@pytest.mark.parametrize(("codes", "code"), [([0, 65, 4, 5], 4), ([65, 0, 65], 65), ([0, 0], 0), ([65, 65, 137], 137)])
def test_all_items_of_a_child_are_run_and_the_first_that_may_be_retried_gives_the_exit_code(
    bucket: Bucket, codes: list[int], code: int
) -> None:
    items = MappedItems.of(bucket, ["another child's"], codes)
    done = items.run("sh", "-c", "echo {}; exit {}", AWS_BATCH_JOB_ARRAY_INDEX="1")
    assert (done.returncode, done.stdout.split()) == (code, [str(each) for each in codes])
    assert len(items.markers("succeeded")) == codes.count(0)
    assert len(items.markers("failed")) == len(codes) - codes.count(0)


@pytest.mark.parametrize("index", ["3", "4", "100000", "999999999"])
def test_an_index_out_of_the_shard_is_not_tried_again(bucket: Bucket, index: str) -> None:
    items = MappedItems.of(bucket, ["a"], ["b"], ["c"])
    done = items.run("true", AWS_BATCH_JOB_ARRAY_INDEX=index)
    assert done.returncode == 65
    assert done.stderr.endswith(f" has 3 lines: there is no line {index} (they count from 0).\n")


WHOLE = line_of([[item_id(0), "x"]])


@pytest.mark.parametrize(
    ("shard", "why"),
    [
        (b"", "its table of lines isn't one."),
        (b"not a shard", "its table of lines isn't one."),
        (shard_of([WHOLE.replace(b'"x"', b'"y"')]), "line 0 isn't what its digest says."),
        (shard_of([WHOLE])[:-3], "line 0 isn't what its digest says."),
        (shard_of([WHOLE])[:40], "line 0 isn't what its digest says."),
        (b"%015d\n%015d\n" % (32, 32), "line 0 isn't what its digest says."),
        (shard_of([line_of([])]), "line 0 isn't a list of [id, item] pairs."),
        (shard_of([line_of({"id": "item"})]), "line 0 isn't a list of [id, item] pairs."),
        (shard_of([line_of([["../../other/key", "x"]])]), "line 0 isn't a list of [id, item] pairs."),
        (shard_of([line_of([[item_id(0) + "\n", "x"]])]), "line 0 isn't a list of [id, item] pairs."),
        (shard_of([line_of([[item_id(0).upper() + "A", "x"]])]), "line 0 isn't a list of [id, item] pairs."),
        (shard_of([line_of([[item_id(0), float("nan")]])]), "line 0 isn't a list of [id, item] pairs."),
    ],
)
def test_a_damaged_shard_is_not_tried_again_and_nothing_is_run(bucket: Bucket, shard: bytes, why: str) -> None:
    items = MappedItems.of_shard(bucket, shard)
    done = items.run("echo", "ran")
    assert (done.returncode, done.stdout) == (65, "")
    assert re.fullmatch(rf"airstep-item: s3://{bucket.name}/.*\.jsonl is damaged: {re.escape(why)}\n", done.stderr)
    assert (items.markers("succeeded"), items.markers("failed")) == ([], [])


def test_a_shard_that_is_not_there_can_be_tried_again(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["x"])
    key = f"{BASE}/shards/{64 * '0'}.jsonl"
    done = items.run("true", AIRSTEP_ITEMS=f"s3://{bucket.name}/{key}")
    assert done.returncode == 75
    assert done.stderr.startswith(
        f"airstep-item: s3://{bucket.name}/{key} can't be read: An error occurred (NoSuchKey)"
    )


def test_without_s3_the_child_can_be_tried_again(bucket: Bucket) -> None:
    done = MappedItems.of(bucket, ["x"]).run("true", AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1")
    assert (done.returncode, len(done.stderr.splitlines())) == (75, 1)
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:1/' in done.stderr


def test_an_endpoint_that_is_no_url_is_one_line(bucket: Bucket) -> None:
    done = MappedItems.of(bucket, ["x"]).run("true", AWS_ENDPOINT_URL="nonsense")
    assert (done.returncode, done.stderr) == (
        75,
        f"airstep-item: s3://{bucket.name}/ can't be reached: Invalid endpoint: nonsense\n",
    )


def test_a_success_that_can_not_be_written_down_can_be_tried_again_and_says_so(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, "PUT", "/succeeded/", status=403) as closed:
        done = items.run("echo", "ran", AWS_ENDPOINT_URL=closed.endpoint)
    assert (done.returncode, done.stdout) == (75, "ran\n")
    assert done.stderr.startswith(
        f"airstep-item: item {item_id(0)} SUCCEEDED, but that couldn't be written down, so its command will run again: "
    )
    assert "(AccessDenied)" in done.stderr


def test_a_failure_that_can_not_be_written_down_keeps_its_exit_code(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, "PUT", "/failed/", status=403) as closed:
        done = items.run("sh", "-c", "exit 9", AWS_ENDPOINT_URL=closed.endpoint)
    assert done.returncode == 9
    assert "that it failed couldn't be written down" in done.stderr


def test_an_item_of_which_it_can_not_be_seen_whether_it_succeeded_is_not_run_but_the_others_are(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["a", "b"])
    with gate(bucket.aws.endpoint, "HEAD", item_id(0), status=403) as closed:
        done = items.run("echo", "{}", AWS_ENDPOINT_URL=closed.endpoint)
    assert (done.returncode, done.stdout) == (75, "b\n")
    assert "lacks s3:ListBucket" in done.stderr
    assert (items.markers("succeeded"), items.markers("failed")) == ([1], [])


def test_a_passing_fault_of_s3_is_waited_out(bucket: Bucket) -> None:
    items = MappedItems.of(bucket, ["x"])
    with gate(bucket.aws.endpoint, "PUT", "/succeeded/", status=503) as closed:
        process = items.start("true", AWS_ENDPOINT_URL=closed.endpoint)
        assert closed.arrived.wait(30)
        closed.method = "none"
        assert process.wait(60) == 0
    assert items.markers("succeeded") == [0]


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ([], {}, "write airstep-item -- COMMAND [ARGUMENT ...]; airstep-item --help says more."),
        (["--"], {}, "write airstep-item -- COMMAND"),
        (["true"], {}, "write airstep-item -- COMMAND"),
        (["--", "true"], {}, "AIRSTEP_ITEMS isn't set: "),
        (["--", "true"], {"AIRSTEP_ITEMS": "s3://b/x.jsonl"}, "AIRSTEP_ITEMS is 's3://b/x.jsonl'; it has to be s3://"),
        (
            ["--", "true"],
            {"AIRSTEP_ITEMS": f"s3://b/m/shards/{64 * 'a'}.jsonl", "AWS_BATCH_JOB_ARRAY_INDEX": "-1"},
            "AWS_BATCH_JOB_ARRAY_INDEX is '-1'",
        ),
        (
            ["--", "true"],
            {"AIRSTEP_ITEMS": f"s3://b/m/shards/{64 * 'a'}.jsonl", "AIRSTEP_ITEM_ENVIRONMENT": "NOBODY_SET_IT"},
            "AIRSTEP_ITEM_ENVIRONMENT names NOBODY_SET_IT, which isn't set.",
        ),
    ],
)
def test_wrong_usage_is_told_in_a_line(arguments: list[str], variables: dict[str, str], said: str) -> None:
    done = run_alone(*arguments, **variables)
    assert (done.returncode, len(done.stderr.splitlines())) == (64, 1)
    assert done.stderr.startswith(f"airstep-item: {said}")


def test_an_image_without_boto3_is_told_so() -> None:
    items = f"s3://b/m/shards/{64 * 'a'}.jsonl"
    done = run_alone("--", "true", python=(sys.executable, "-I", "-S"), AIRSTEP_ITEMS=items)
    assert done.returncode == 65
    assert f"{sys.executable} has no boto3 (No module named 'botocore'): install it in the image." in done.stderr


def test_a_child_without_the_runner_reads_its_items_as_the_page_says(bucket: Bucket) -> None:
    page = (RUNNER.parents[2] / "docs/maps.md").read_text().partition("## What a child sees")[2]
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    items = MappedItems.of(bucket, ["first"], [{"Key": "é"}, 2])
    environment = {**items.environment, "AWS_BATCH_JOB_ARRAY_INDEX": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{item_id(1)} {{'Key': 'é'}}\n{item_id(2)} 2\n"


def test_help_and_version_need_nothing() -> None:
    helped = run_alone("--help", python=(sys.executable, "-I", "-S"))
    version = tomllib.loads((RUNNER.parents[2] / "pyproject.toml").read_text())["project"]["version"]
    assert (helped.returncode, helped.stderr) == (0, "")
    assert helped.stdout.startswith("usage: airstep-item -- COMMAND")
    assert run_alone("--version").stdout == f"airstep-item {version}\n"


def run_alone(*arguments: str, python: Any = (sys.executable,), **variables: str) -> subprocess.CompletedProcess[str]:
    command = [*python, str(RUNNER), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=30, check=False)
