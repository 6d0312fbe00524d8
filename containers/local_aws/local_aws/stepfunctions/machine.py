"""A state machine as the interpreter reads it: frozen, checked, with its nested machines already built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class QueryLanguage(StrEnum):
    """The two languages a state's data is selected with; the values are those of the QueryLanguage field."""

    JSONATA = "JSONata"
    JSONPATH = "JSONPath"


class Kind(StrEnum):
    """A state's type; the values are those of the Type field."""

    TASK = "Task"
    PASS = "Pass"  # noqa: S105 - a state's type, no password
    CHOICE = "Choice"
    WAIT = "Wait"
    SUCCEED = "Succeed"
    FAIL = "Fail"
    PARALLEL = "Parallel"
    MAP = "Map"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """One Retry rule, with the defaults of the Amazon States Language filled in; seconds throughout."""

    errors: tuple[str, ...]
    interval: float = 1
    attempts: int = 3
    rate: float = 2.0
    longest: float | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    """One Catch rule; `fields` holds its ResultPath, Output and Assign as written."""

    errors: tuple[str, ...]
    next: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One state: its definition as written in `fields`, and what the interpreter needs of it read out."""

    name: str
    kind: Kind
    language: QueryLanguage
    fields: Mapping[str, Any]
    next: str | None = None
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    branches: tuple[Machine, ...] = ()
    processor: Machine | None = None

    @property
    def iteration(self) -> Machine:
        """The states of a Map's ItemProcessor. TypeError for another kind of state."""
        if self.processor is None:
            raise TypeError(f"the state {self.name!r} is no Map")
        return self.processor

    @property
    def processor_config(self) -> Mapping[str, Any]:
        """ProcessorConfig of a Map: Mode (INLINE unless told) and ExecutionType."""
        nested = self.fields.get("ItemProcessor") or self.fields.get("Iterator") or {}
        config: Mapping[str, Any] = nested.get("ProcessorConfig") or {}
        return config

    @property
    def distributed(self) -> bool:
        """Whether a Map runs each item as a child execution."""
        return self.processor_config.get("Mode") == "DISTRIBUTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A state machine, or the states of a Parallel branch or a Map's ItemProcessor."""

    start_at: str
    states: Mapping[str, State]
    timeout: float | None = None
