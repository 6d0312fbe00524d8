"""What a reader makes of an operator: what its task does, in terms of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asl_export.diagnostics import Diagnostic, Location
from asl_export.frontend.settings import Setting
from asl_export.frontend.template_scope import Scope
from asl_export.ir.graph import ItemReader
from asl_export.ir.values import Document, Key, TaskResult, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReading:
    """A SubmitJob request in Step Functions' names, whether the task waits for the job, and its result's URI if any."""

    request: Mapping[str, Document]
    wait: bool
    result: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMapReading:
    """A map over items, each of its jobs as a SubmitJob request in Step Functions' names; see `BatchMapNode`."""

    job: Mapping[str, Document]
    single: Mapping[str, Document] | None = None
    items: Document = None
    reader: ItemReader | None = None
    max_concurrency: int = 0
    tolerated_percentage: int | None = None
    tolerated_count: int | None = None
    results: Document = None
    plan: Mapping[str, Document] | None = None
    finish: Mapping[str, Document] | None = None
    summary: Value | None = None
    most_items: int | None = None
    items_per_array_job: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReading:
    """A service integration, what it gets, and the path to the task's result in its answer (None: it has none).

    `fields` are the operator's own names for the arguments; `must_answer`: an answer without that result is a failure.
    """

    resource: str
    arguments: Mapping[str, Document]
    fields: Mapping[str, str]
    output: tuple[Key, ...] | None = None
    must_answer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitReading:
    """Seconds to wait, or the moment to wait for; `argument` is the operator's that says it."""

    argument: str
    seconds: Document | None = None
    until: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReading:
    """What is asked for every `interval` seconds, for `timeout` seconds, until the answer is none of the `missing`.

    `argument` is the operator's that says what is asked for.
    """

    resource: str
    argument: str
    arguments: list[Mapping[str, Document]]
    missing: tuple[str, ...]
    interval: int
    timeout: int
    soft_fail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceReading:
    """Conditions, each with the ids of the tasks or groups that it follows, and those followed when none holds."""

    choices: tuple[tuple[Value, tuple[str, ...]], ...]
    default: tuple[str, ...]


Reading = JobReading | BatchMapReading | CallReading | WaitReading | PollReading | ChoiceReading


def nothing_more(task: Any, where: Location) -> Iterator[Diagnostic]:
    """Nothing to say of a task that its settings don't."""
    del task, where
    yield from ()


def no_result(settings: Mapping[str, Any]) -> TaskResult | None:
    """Nothing that others could read."""
    del settings
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorReader:
    """What an operator's own attributes become, and how they are read; `read` is None for a task that does nothing.

    `result` tells from the attributes, as the DAG has them, what others may read of the task. `raw` names those
    that are read as the DAG has them, `json_texts` those whose text the machine reads as JSON. `single` says why it
    can't be mapped. `request` is the service's name for what it does. `check` finds what only several settings together
    say.
    """

    settings: Mapping[str, Setting]
    read: Callable[[Mapping[str, Document], Scope], Reading] | None
    result: Callable[[Mapping[str, Any]], TaskResult | None] = no_result
    raw: tuple[str, ...] = ()
    json_texts: tuple[str, ...] = ()
    single: str | None = None
    request: str = "SubmitJob"
    check: Callable[[Any, Location], Iterator[Diagnostic]] = nothing_more
