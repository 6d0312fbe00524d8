"""The errors that a state can report, and which Retry and Catch rules match them.

StatesError            a named error of the Amazon States Language: what Retry, Catch and the execution see
InvalidDefinitionError a definition that AWS would refuse, with every problem found
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
TASK_FAILED = "States.TaskFailed"
DATA_LIMIT = "States.DataLimitExceeded"
NO_CHOICE = "States.NoChoiceMatched"
QUERY = "States.QueryEvaluationError"
RESULT_PATH = "States.ResultPathMatchFailure"
INTRINSIC = "States.IntrinsicFailure"
ITEM_READER = "States.ItemReaderFailed"
RESULT_WRITER = "States.ResultWriterFailed"
TOLERANCE = "States.ExceedToleratedFailureThreshold"

_OUR_OWN = (RUNTIME, QUERY, RESULT_PATH, INTRINSIC, NO_CHOICE)


class StatesError(Exception):
    """An error with a name and a cause, as an execution's history and Catch show it.

    :param located: whether the interpreter puts the state's name in front of the cause, as AWS does for its own errors.
    """

    def __init__(self, name: str, cause: str = "", *, located: bool | None = None) -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause
        self.located = name in _OUR_OWN if located is None else located

    @property
    def output(self) -> dict[str, str]:
        """The error output: what Catch hands on, and `$states.errorOutput`."""
        return {"Error": self.name, "Cause": self.cause}


def matches(error: StatesError, names: Sequence[str]) -> bool:
    """Whether a Retry or Catch rule with these ErrorEquals applies.

    States.Runtime is never caught. States.ALL doesn't catch States.DataLimitExceeded; naming it does. States.TaskFailed
    stands for every error but a timeout; States.HeartbeatTimeout is a States.Timeout too.
    Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if error.name == RUNTIME:
        return False
    if error.name in names:
        return True
    if error.name == HEARTBEAT_TIMEOUT and TIMEOUT in names:
        return True
    if error.name == DATA_LIMIT:
        return False
    if "States.ALL" in names:
        return True
    return TASK_FAILED in names and error.name not in (TIMEOUT, HEARTBEAT_TIMEOUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a definition, with AWS's code for it and where it is (`/States/Name/Field`)."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"

    def to_api(self) -> dict[str, Any]:
        """As ValidateStateMachineDefinition lists it."""
        return {"severity": "ERROR", "code": self.code, "message": self.message, "location": self.location}


class InvalidDefinitionError(Exception):
    """A definition that can't be a state machine; `problems` holds all that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"Invalid State Machine Definition: '{', '.join(map(str, problems))}'")
        self.problems = tuple(problems)
