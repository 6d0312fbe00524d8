"""The states of a machine, free of any query language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from asl_export.ir.values import Document


class Resource(StrEnum):
    """The service integrations that a Task may call."""

    SUBMIT_JOB_AND_WAIT = "arn:aws:states:::batch:submitJob.sync"
    SUBMIT_JOB = "arn:aws:states:::batch:submitJob"


OPEN = "\0open"
"""As `next`: the state that follows in the series, not known yet; None ends the branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """One rule of Retry; intervals in seconds."""

    errors: tuple[str, ...]
    attempts: int
    interval: int
    backoff: float = 1.0
    max_delay: int | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Calls a service. `keep` names variables and the fields of the result they hold; the result itself is dropped."""

    name: str
    resource: Resource
    arguments: Mapping[str, Document]
    keep: Mapping[str, str] = field(default_factory=dict)
    retriers: tuple[Retrier, ...] = ()
    timeout: int | None = None
    catch: str | None = None
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Runs branches side by side; with `collect` its output is `{"failures": [{"Error", "Cause"}, …]}`."""

    name: str
    branches: tuple[States, ...]
    collect: bool
    catch: str | None = None
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Runs a body once per item, which is the body's input; `collect` as in Parallel.

    `items` None: the state in front of it made them.
    """

    name: str
    items: Document | None
    body: States
    max_concurrency: int
    collect: bool
    catch: str | None = None
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeItems:
    """Makes the items of the Map that follows, for a dialect that can't write them into it."""

    name: str
    items: Document
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Goes to `failed` when the state before it collected a failure, else on."""

    name: str
    failed: str
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Fails the execution with the first failure collected."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFailed:
    """Ends a branch with a failure as its output: its input, or with `collected` the first of its input's failures.

    `most`: how many characters of the Cause, where all of it from every branch wouldn't fit the state data.
    """

    name: str
    collected: bool
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeInput:
    """Sets the variable `params` to the defaults overlaid with the execution's input."""

    name: str
    defaults: Mapping[str, Document]
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepItem:
    """Sets a variable to the state's input, a Map's item."""

    name: str
    variable: str
    next: str | None = OPEN


class Rule(StrEnum):
    """What a param's JSON Schema asks for, by its keyword; EXACT: the whole numbers that JSONata keeps."""

    PRESENT = "required"
    TYPE = "type"
    ENUM = "enum"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    EXCLUSIVE_MINIMUM = "exclusiveMinimum"
    EXCLUSIVE_MAXIMUM = "exclusiveMaximum"
    MIN_LENGTH = "minLength"
    MAX_LENGTH = "maxLength"
    PATTERN = "pattern"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamRule:
    """A rule that a param must keep, with the schema's value, and what to say when it doesn't."""

    param: str
    rule: Rule
    operand: Any
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckParams:
    """Goes to `failed` with the variable `problem` set when a param breaks one of its rules."""

    name: str
    rules: tuple[ParamRule, ...]
    failed: str
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamsFailed:
    """Fails the execution with the text in the variable `problem`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Does nothing: a machine must have a state."""

    name: str
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Ends a branch or the machine where a Choice would: a Choice always goes on."""

    name: str


Linked = Task | Parallel | Map | MakeItems | Outcome | MergeInput | KeepItem | CheckParams | Nothing
State = Linked | Failed | BranchFailed | ParamsFailed | Done


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The states of a machine, a branch or a map's body; the first one starts."""

    states: tuple[State, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMachine:
    """A whole machine; `timeout` in seconds."""

    states: States
    comment: str | None = None
    timeout: int | None = None
