"""Exported runs: a state machine of the local AWS, created, executed and deleted."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/states"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedEnd:
    """How Step Functions ended an execution: RUNNING where it had to be stopped, REFUSED where it didn't begin."""

    status: str
    error: str
    cause: str
    output: str


class StepFunctions:
    """Executes definitions, one after the other."""

    def __init__(self, client: Any, *, limit: float = 90.0) -> None:
        self._client = client
        self._limit = limit
        self._numbers = itertools.count(1)

    def run(self, name: str, definition: str, data: Mapping[str, Any]) -> ExportedEnd:
        """Execute a definition to its end; the execution has the name."""
        try:
            return self._executed(name, definition, data)
        except ClientError as error:
            refused = error.response["Error"]
            return ExportedEnd(status="REFUSED", error=refused["Code"], cause=refused.get("Message", ""), output="")

    def _executed(self, name: str, definition: str, data: Mapping[str, Any]) -> ExportedEnd:
        with self._machine(f"{name}-{next(self._numbers)}", definition) as machine:
            started = self._client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(data))
            arn = started["executionArn"]
            give_up = time.monotonic() + self._limit
            while (found := self._client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                if time.monotonic() > give_up:
                    self._client.stop_execution(executionArn=arn, cause="it took too long")
                    break
                time.sleep(0.05)
            return ExportedEnd(
                status=found["status"],
                error=found.get("error") or "",
                cause=found.get("cause") or "",
                output=found.get("output") or "",
            )

    @contextlib.contextmanager
    def _machine(self, name: str, definition: str) -> Iterator[str]:
        made = self._client.create_state_machine(name=name, definition=definition, roleArn=ROLE)
        try:
            yield made["stateMachineArn"]
        finally:
            self._client.delete_state_machine(stateMachineArn=made["stateMachineArn"])
