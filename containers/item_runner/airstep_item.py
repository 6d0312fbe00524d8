#!/usr/bin/env python3
"""Runs the item, or the few items, of one child of a mapped AWS Batch array job: `airstep-item -- COMMAND {Key} …`.

It reads its line of the shard that AIRSTEP_ITEMS names, skips what has succeeded before, runs the command for the rest,
and writes down in S3 how each ended. The protocol is in docs/maps.md, "What a child sees". It needs Python 3.9 or later
with boto3, and nothing else: copy this file into any image as /usr/local/bin/airstep-item.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import string
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import IntEnum
from types import FrameType
from typing import Any, NoReturn, TypeVar

VERSION = "0.1.0"
HELP = """\
usage: airstep-item -- COMMAND [ARGUMENT ...]

Runs COMMAND, without a shell, for the item or items of this child of an AWS Batch array job.

  {}, {Key}, {a.b}           in a word: the item, a field of it, a field of a field; {{ and }} are braces
  AIRSTEP_ITEMS              s3://bucket/<base>/shards/<sha256>.jsonl, the items
  AIRSTEP_ITEM_ENVIRONMENT   names, with commas between, of variables with placeholders as in words (optional)
  AWS_BATCH_JOB_ARRAY_INDEX  which line of the items (without it: the first)

exit codes: 0 all items succeeded, now or before; COMMAND's own (128 + n: ended by signal n); 64 wrong usage;
65 an item that no retry will mend; 75 S3 can't be read or written.
"""
ITEMS = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<base>(?:.+/)?)shards/[0-9a-f]{64}\.jsonl")
ITEM_ID = re.compile(r"[0-9a-f]{32}")
RECORD = 16  # bytes of an offset in the table that a shard begins with: 15 digits and a line feed
OFFSETS = re.compile(rb"([0-9]{15})\n([0-9]{15})\n")
LINE = re.compile(rb"([0-9a-f]{16}) ([^\n]*)\n")
ATTEMPTS = 30  # of each call of S3, over three minutes or so: a command's result isn't lost to a minute's trouble

STOPPING = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
PASSED_ON = STOPPING | {signal.SIGUSR1, signal.SIGUSR2}
NAMED = frozenset(int(each) for each in signal.Signals)
IGNORED_BY_PYTHON = frozenset({signal.SIGPIPE, signal.SIGXFSZ})

Answer = TypeVar("Answer")


class ExitCode(IntEnum):
    """What the exit codes of the runner itself mean; the numbers are those of sysexits.h."""

    SUCCESS = 0
    USAGE = 64
    DONT_RETRY = 65
    TRY_AGAIN = 75


class RunnerError(Exception):
    """The child can't go on; ``code`` is its exit code."""

    code = ExitCode.TRY_AGAIN


class UsageError(RunnerError):
    """The command line or a variable of the job is wrong."""

    code = ExitCode.USAGE


class ShardError(RunnerError):
    """The shard doesn't have this child's line, or the line is damaged."""

    code = ExitCode.DONT_RETRY


class InstallationError(RunnerError):
    """The image lacks what the runner needs."""

    code = ExitCode.DONT_RETRY


class StorageError(RunnerError):
    """S3 couldn't be read or written, after boto3's retries; ``answer`` is its error code where it said no."""

    code = ExitCode.TRY_AGAIN

    def __init__(self, text: str, answer: str | None = None) -> None:
        super().__init__(text)
        self.answer = answer


class ItemError(Exception):
    """A command can't be run for this item, and never will; the text is a sentence that says why."""


class PlaceholderError(Exception):
    """A placeholder can't be filled. The text doesn't quote it: variables may hold secrets."""


class Stopped(BaseException):
    """A signal asked to stop. No library's `except Exception` is to catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number
        self.name = signal.Signals(number).name


@dataclass(frozen=True)
class Job:
    """What the job's environment says."""

    bucket: str
    base: str  # before "succeeded/": with a slash at its end, or empty
    shard: str
    index: int
    id: str | None
    attempt: int | None
    variables: Mapping[str, str]

    @property
    def where(self) -> str:
        """The shard, as messages name it."""
        return f"s3://{self.bucket}/{self.shard}"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Job:
        """The job that the variables describe. Raises UsageError."""
        uri = environment.get("AIRSTEP_ITEMS")
        if uri is None:
            raise UsageError("AIRSTEP_ITEMS isn't set: this runs items of an AWS Batch job that airstep has submitted.")
        match = ITEMS.fullmatch(uri)
        if not match:
            raise UsageError(f"AIRSTEP_ITEMS is {uri!r}; it has to be s3://bucket/<base>/shards/<sha256>.jsonl.")
        index = environment.get("AWS_BATCH_JOB_ARRAY_INDEX", "0")
        if not re.fullmatch("[0-9]{1,9}", index):
            raise UsageError(f"AWS_BATCH_JOB_ARRAY_INDEX is {index!r}; it has to be a whole number.")
        attempt = environment.get("AWS_BATCH_JOB_ATTEMPT", "")
        return cls(
            bucket=match["bucket"],
            base=match["base"],
            shard=uri[len(f"s3://{match['bucket']}/") :],
            index=int(index),
            id=environment.get("AWS_BATCH_JOB_ID"),
            attempt=int(attempt) if re.fullmatch("[0-9]{1,9}", attempt) else None,
            variables=read_variables(environment),
        )


@dataclass(frozen=True)
class Item:
    """One item of the map."""

    id: str
    value: Any


@dataclass(frozen=True)
class Outcome:
    """How an item ended; ``reason`` is a sentence where it failed."""

    code: int
    reason: str | None = None


class Storage:
    """The objects of one bucket. Every method raises StorageError."""

    def __init__(self, bucket: str) -> None:
        try:
            # Not at the top: it takes a tenth of a second, in which a signal would be lost. Not boto3 itself, which
            # only wraps it: that would take longer.
            import botocore.session
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise InstallationError(f"{sys.executable} has no boto3 ({error}): install it in the image.") from error
        self._bucket = bucket
        # ValueError is what it says of a wrong endpoint.
        self._errors: tuple[type[Exception], ...] = (BotoCoreError, ClientError, ValueError)
        session = botocore.session.get_session()
        if session.get_config_variable("max_attempts") is None:
            session.set_config_variable("max_attempts", ATTEMPTS)
            # Its pauses are 20 seconds at most, those of the older "legacy" grow without a limit.
            session.set_config_variable("retry_mode", "standard")
        with self._asking("reached"):
            self._client = session.create_client("s3")

    def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes of an object from ``start`` up to ``end``; fewer, or none, where it ends before."""
        try:
            with self._asking("read", key):
                answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end - 1}")
                return bytes(answer["Body"].read())
        except StorageError as error:
            if error.answer == "InvalidRange":
                return b""
            raise

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        try:
            with self._asking("read", key):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except StorageError as error:
            if error.answer == "404":
                return False
            if error.answer == "403":
                raise StorageError(f"{error} (also where it isn't there and the role lacks s3:ListBucket)") from error
            raise
        return True

    def write(self, key: str, document: Mapping[str, object]) -> None:
        """Store a JSON document."""
        body = json.dumps(document).encode()
        with self._asking("written", key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")

    @contextmanager
    def _asking(self, done: str, key: str = "") -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            answer = getattr(error, "response", {}).get("Error", {}).get("Code")
            raise StorageError(f"s3://{self._bucket}/{key} can't be {done}: {error}", answer) from error


class Signals:
    """Signals wait until they are asked for: none is lost, and none interrupts the writing of a marker.

    As process 1 of a container we would ignore those that we don't handle; a blocked one isn't ignored.
    """

    def __init__(self) -> None:
        ignored = {each for each in PASSED_ON if signal.getsignal(each) is signal.SIG_IGN}  # by nohup, say
        self._passed_on = PASSED_ON - ignored
        self._stopping = STOPPING - ignored
        self._stopped: Stopped | None = None
        self._mask_before = signal.pthread_sigmask(signal.SIG_BLOCK, {*self._passed_on, signal.SIGCHLD})
        for each in self._stopping:
            signal.signal(each, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # ignored, it would neither wake us nor leave an exit code

    def interruptibly(self, call: Callable[[], Answer]) -> Answer:
        """What the call gives. Raises Stopped as soon as a signal asks to stop, at once where it has asked before."""
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._stopping)
            return call()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, self._stopping)
            if self._stopped:  # once more: a library may have swallowed it
                raise self._stopped

    def run(self, program: str, words: Sequence[str], environment: Mapping[str, str]) -> Outcome:
        """Run a program; signals that come meanwhile, or came before, are passed on to it. Raises OSError, ValueError.

        It gets a process group of its own: what is sent to our whole group, say by Ctrl-C, would reach it twice.
        """
        process = os.posix_spawn(
            program,
            list(words),
            environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
            setpgroup=0,
            setsigmask=self._mask_before,
            setsigdef=self._passed_on | IGNORED_BY_PYTHON,
        )
        while True:
            number = signal.sigwait({*self._passed_on, signal.SIGCHLD})
            if number == signal.SIGCHLD:
                ended, status = os.waitpid(process, os.WNOHANG)
                if ended:
                    return outcome_of(os.waitstatus_to_exitcode(status), self._stopped)
                continue
            if number in self._stopping:
                self._stopped = Stopped(number)
            with suppress(PermissionError):  # it runs as another user
                os.kill(process, number)

    def _stop(self, number: int, _frame: FrameType | None) -> NoReturn:
        self._stopped = Stopped(number)
        raise self._stopped


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    if list(arguments) in (["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return ExitCode.SUCCESS
    if list(arguments) == ["--version"]:
        sys.stdout.write(f"airstep-item {VERSION}\n")
        return ExitCode.SUCCESS
    signals = Signals()
    try:
        if len(arguments) < 2 or arguments[0] != "--":
            raise UsageError("write airstep-item -- COMMAND [ARGUMENT ...]; airstep-item --help says more.")
        job = Job.read(os.environ)
        storage = signals.interruptibly(lambda: Storage(job.bucket))
        items = signals.interruptibly(lambda: read_items(storage, job))
    except RunnerError as error:
        say(str(error))
        return error.code
    except Stopped as stopped:
        say(f"{stopped.name} before any item was read: nothing was run.")
        return stopped.code
    return exit_code(list(run_items(items, arguments[1:], job, storage, signals)))


def run_items(
    items: Sequence[Item], command: Sequence[str], job: Job, storage: Storage, signals: Signals
) -> Iterator[int]:
    """Run the command for one item after the other; their exit codes, the last that of a signal that stopped them."""
    for number, item in enumerate(items, 1):
        if len(items) > 1:
            say(f"item {item.id}: {number} of {len(items)}")
        try:
            if signals.interruptibly(lambda: storage.exists(f"{job.base}succeeded/{item.id}")):  # noqa: B023 - called now
                say(f"item {item.id} has succeeded before: skipped.")
                continue
        except StorageError as error:
            say(f"item {item.id} wasn't run: {error}")
            yield error.code
            continue
        except Stopped as stopped:
            say(f"{stopped.name}: item {item.id} and what follows it wasn't run.")
            yield stopped.code
            return
        yield run_item(item, command, job, storage, signals)


def run_item(item: Item, command: Sequence[str], job: Job, storage: Storage, signals: Signals) -> int:
    """Run the command for one item and write down how that ended; the exit code."""
    started = now()
    try:
        outcome = run_command(item, command, job.variables, signals)
    except ItemError as error:
        outcome = Outcome(ExitCode.DONT_RETRY, str(error))
    document = {
        "item": item.value,
        "exitCode": outcome.code,
        "jobId": job.id,
        "attempt": job.attempt,
        "startedAt": started,
        "stoppedAt": now(),
    }
    if outcome.reason is not None:
        document["reason"] = outcome.reason
        say(f"item {item.id} failed: {outcome.reason}")
    try:
        storage.write(f"{job.base}{'failed' if outcome.code else 'succeeded'}/{item.id}", document)
    except StorageError as error:
        if outcome.code:
            say(f"item {item.id}: that it failed couldn't be written down: {error}")
            return outcome.code
        say(f"item {item.id} SUCCEEDED, but that couldn't be written down, so its command will run again: {error}")
        return error.code
    return outcome.code


def run_command(item: Item, command: Sequence[str], variables: Mapping[str, str], signals: Signals) -> Outcome:
    """Run the command, filled in for an item. Raises ItemError where that can't be done."""
    words = [fill(word, item, f"{word!r:.60} of the command") for word in command]
    filled = {name: fill(value, item, f"the variable {name}") for name, value in variables.items()}
    environment = {**os.environ, **filled}
    program = shutil.which(words[0], path=environment.get("PATH"))
    if program is None:
        raise ItemError(f"There is no program {words[0]!r} that could be run.")
    try:
        return signals.run(program, words, environment)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.ENOMEM):
            return Outcome(ExitCode.TRY_AGAIN, f"{program} couldn't be started: {error.strerror}.")
        raise ItemError(f"{program} can't be run: {error.strerror}.") from error
    except ValueError as error:  # a zero byte, half of a surrogate pair
        raise ItemError(f"The item has a text that no command line or variable can hold: {error}.") from error


def outcome_of(status: int, stopped: Stopped | None) -> Outcome:
    """How a command ended, by its exit code or minus the signal that ended it."""
    if status == 0:
        return Outcome(0)
    if status > 0:
        code, how = status, f"ended with exit code {status}"
    else:
        name = signal.Signals(-status).name if -status in NAMED else f"signal {-status}"
        code, how = 128 - status, f"was ended by {name}"
    if stopped:
        return Outcome(code, f"The item was stopped: {stopped.name} came while the command ran, which {how}.")
    return Outcome(code, f"The command {how}.")


def exit_code(codes: Sequence[int]) -> int:
    """The child's exit code: the first of a failed item that may be retried, else of one that may not, else 0."""
    failed = [code for code in codes if code]
    return next((code for code in failed if code != ExitCode.DONT_RETRY), failed[0] if failed else ExitCode.SUCCESS)


def read_items(storage: Storage, job: Job) -> list[Item]:
    """The items of the child's line of the shard. Raises ShardError, StorageError."""
    offsets = OFFSETS.fullmatch(storage.read(job.shard, RECORD * job.index, RECORD * (job.index + 2)))
    if not offsets:
        first = re.fullmatch(rb"([0-9]{15})\n", storage.read(job.shard, 0, RECORD))
        lines = int(first[1]) // RECORD - 1 if first else None
        if lines is not None and job.index >= lines:
            raise ShardError(f"{job.where} has {lines} lines: there is no line {job.index} (they count from 0).")
        raise ShardError(f"{job.where} is damaged: its table of lines isn't one.")
    start, end = int(offsets[1]), int(offsets[2])
    line = LINE.fullmatch(storage.read(job.shard, start, end)) if start < end else None
    if not line or hashlib.sha256(line[2]).hexdigest()[:16].encode() != line[1]:
        raise ShardError(f"{job.where} is damaged: line {job.index} isn't what its digest says.")
    items = parse_items(line[2])
    if not items:
        raise ShardError(f"{job.where} is damaged: line {job.index} isn't a list of [id, item] pairs.")
    return items


def parse_items(text: bytes) -> list[Item] | None:
    """The items of a line; None where it isn't a list of pairs of an id and anything."""
    try:
        pairs = json.loads(text, parse_constant=refuse_constant)
        items = [Item(item_id, value) for item_id, value in pairs]
        return items if all(ITEM_ID.fullmatch(item.id) for item in items) else None
    except (ValueError, TypeError, RecursionError):
        return None


def read_variables(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The variables that AIRSTEP_ITEM_ENVIRONMENT names. Raises UsageError, without a word of what they hold."""
    names = [name for name in environment.get("AIRSTEP_ITEM_ENVIRONMENT", "").split(",") if name]
    if missing := [name for name in names if name not in environment]:
        raise UsageError(f"AIRSTEP_ITEM_ENVIRONMENT names {missing[0]}, which isn't set.")
    return {name: environment[name] for name in names}


def fill(text: str, item: Item, where: str) -> str:
    """A word or a variable's value with its placeholders filled. Raises ItemError."""
    try:
        parts = list(string.Formatter().parse(text))
        return "".join(literal + filled_field(item.value, *field) for literal, *field in parts)
    except (PlaceholderError, ValueError) as error:  # Python's words on braces don't quote the text either
        raise ItemError(f"A placeholder in {where} can't be filled: {error}.") from error


def filled_field(value: object, path: str | None, spec: str | None, conversion: str | None) -> str:
    """The text that a placeholder stands for; empty where there is none. Raises PlaceholderError."""
    if path is None:
        return ""
    if spec or conversion or "[" in path or "]" in path:
        raise PlaceholderError("write {}, {field} or {field.field}, with no format, conversion or index")
    for name in path.split(".") if path else ():
        if not isinstance(value, dict):
            raise PlaceholderError(f"{kind(value)} has no fields")
        if name not in value:
            raise PlaceholderError(f"there is no such field among {', '.join(sorted(value)[:20]) or 'none'}")
        value = value[name]
    return text_of(value)


def text_of(value: object) -> str:
    """A text as it is, a boolean or number as JSON has it, without a `.0` at the end. Raises PlaceholderError."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return re.sub(r"\.0$", "", json.dumps(value))
    raise PlaceholderError(f"{kind(value)} has no text")


def kind(value: object) -> str:
    """What a JSON value is called."""
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}.get(type(value), "a number")


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python's reader takes for JSON."""
    raise ValueError(name)


def now() -> str:
    """The time in ISO 8601, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def say(message: str) -> None:
    """Say it in the job's log."""
    print(f"airstep-item: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
