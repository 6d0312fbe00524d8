"""Commands as a user types them: shown, run for real, their output kept."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from asl_export.verify.errors import VerifyError
from asl_export.verify.run import Tick

POLL_SECONDS = 2.5
"""Between two looks with the AWS CLI, which takes most of a second of a core to start: the jobs need the cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Runs programs from a folder of programs in one environment, and shows each command on the console."""

    programs: Path
    environment: Mapping[str, str]
    console: Console

    def run(self, program: str, *arguments: str, shown: bool = True) -> str:
        """Run a program to its end; what it wrote to standard output.

        :raises VerifyError: when it fails, with its own words.
        """
        if shown:
            show(self.console, program, *arguments)
        said = subprocess.run(
            [str(self.programs / program), *arguments],
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode:
            words = said.stderr.strip() or "it said nothing"
            raise VerifyError(f"{program} {arguments[0]} failed with exit code {said.returncode}: {words}")
        return said.stdout


def show(console: Console, program: str, *arguments: str) -> None:
    """A command line to copy, in the reader's shell syntax."""
    console.print(Text.assemble(("$ ", "dim"), (f"{program} ", "bold green"), shlex.join(arguments)), soft_wrap=True)


def execute(shell: Shell, *, name: str, definition: str, role_arn: str, input: Mapping[str, Any], tick: Tick) -> Any:
    """Create a state machine with the AWS CLI, execute it and wait; DescribeExecution's last answer."""
    machine = json.loads(
        shell.run(
            "aws", "stepfunctions", "create-state-machine",
            "--name", name, "--definition", f"file://{definition}", "--role-arn", role_arn,
        )
    )  # fmt: skip
    execution = json.loads(
        shell.run(
            "aws", "stepfunctions", "start-execution",
            "--state-machine-arn", machine["stateMachineArn"], "--name", "demo", "--input", json.dumps(input),
        )
    )  # fmt: skip
    describe = ("aws", "stepfunctions", "describe-execution", "--execution-arn", execution["executionArn"])
    show(shell.console, *describe)
    while (described := json.loads(shell.run(*describe, shown=False)))["status"] == "RUNNING":
        _wait(tick)
    return described


def _wait(tick: Tick) -> None:
    until = time.monotonic() + POLL_SECONDS
    while time.monotonic() < until:
        tick()
        time.sleep(0.4)
