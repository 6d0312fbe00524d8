"""The states of a machine, free of any query language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from asl_export.ir.values import Document, Value

OPEN = "\0open"
"""As `next`: the state that follows in the series, not known yet; None ends the branch."""

Assign = Mapping[str, Document]
"""Variables by name, and what they are set to."""


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
class Catch:
    """Where a state's failure goes, with the error as its input; `errors` are those it takes."""

    next: str
    assign: Assign = field(default_factory=dict)
    errors: tuple[str, ...] = ("States.ALL",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Calls a service; the result is dropped but for what `assign` keeps of it."""

    name: str
    resource: str
    arguments: Mapping[str, Document]
    assign: Assign = field(default_factory=dict)
    retriers: tuple[Retrier, ...] = ()
    timeout: int | None = None
    catch: tuple[Catch, ...] = ()
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Waits for seconds, or until a moment."""

    name: str
    seconds: Document | None = None
    until: Document | None = None
    assign: Assign = field(default_factory=dict)
    comment: str | None = None
    next: str | None = OPEN


class Gathered(StrEnum):
    """What a Parallel or Map makes of its branches' or items' outputs."""

    NOTHING = "nothing"
    FAILURES = "failures"
    FAILURES_AND_RESULTS = "failures and results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Runs branches side by side; `gathered` tells its output: `{"failures": [{"Error", "Cause"}], "results": […]}`."""

    name: str
    branches: tuple[States, ...]
    gathered: Gathered
    assign: Assign = field(default_factory=dict)
    catch: tuple[Catch, ...] = ()
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Where a distributed Map reads its items: the integration's ARN, what it gets, and its ReaderConfig."""

    resource: str
    arguments: Document
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Runs a body once per item, which is the body's input; `gathered` as in Parallel.

    `items` None: the state in front of it made them, or `reader` reads them. `selector` makes the body's input of an
    item. `distributed`: each item has an execution of its own. `writer` is where S3 is told what became of each.
    """

    name: str
    items: Document | None
    body: States
    max_concurrency: int
    gathered: Gathered
    selector: Mapping[str, Document] | None = None
    distributed: bool = False
    reader: Reader | None = None
    writer: Document = None
    tolerated_percentage: int | None = None
    tolerated_count: int | None = None
    assign: Assign = field(default_factory=dict)
    catch: tuple[Catch, ...] = ()
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
    """Goes to `failed` when the state before it collected a failure, else on; each way sets its own variables."""

    name: str
    failed: str
    assign: Assign = field(default_factory=dict)
    failed_assign: Assign = field(default_factory=dict)
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    """Where to go when a boolean value is true."""

    condition: Value
    next: str | None
    assign: Assign = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Goes where the first rule that holds says, else on to `next`; `asked`: it asks how tasks ended."""

    name: str
    rules: tuple[ChoiceRule, ...]
    asked: bool = False
    assign: Assign = field(default_factory=dict)
    comment: str | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Sets variables, or has an output of its own, or both."""

    name: str
    assign: Assign = field(default_factory=dict)
    output: Document | None = None
    next: str | None = OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Fails the execution with the first failure collected."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksFailed:
    """Fails the execution, or the branch, because of how its last tasks ended: `cause` says it."""

    name: str
    cause: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFailed:
    """Ends a branch with a failure as its output: its input, or with `collected` the first of its input's failures.

    `most`: how many characters of the Cause, where all of it from every branch wouldn't fit the state data.
    `cause`: the cause, where the input is no failure.
    """

    name: str
    collected: bool
    most: int | None = None
    cause: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeInput:
    """Sets the variable `params` to the defaults overlaid with the execution's input."""

    name: str
    defaults: Mapping[str, Document]
    next: str | None = OPEN


class Rule(StrEnum):
    """What a param's JSON Schema asks for, by its keyword; EXACT: the whole numbers that JSONata keeps.

    PART: a place that a task reads, its `operand`, is there; UTC: a date whose text is cut is one in UTC.
    """

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
    PART = "part"
    UTC = "utc"


OF_SCHEMAS = frozenset(Rule) - {Rule.EXACT, Rule.PART, Rule.UTC}
"""Rules that a schema has by their keywords."""


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


Linked = Task | Wait | Parallel | Map | MakeItems | Outcome | Choice | Pass | MergeInput | CheckParams | Nothing
State = Linked | Failed | TasksFailed | BranchFailed | ParamsFailed | Done


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
