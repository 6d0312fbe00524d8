"""The ways out of a state that don't know yet where they lead."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from asl_export.asl.lower.scopes import Scope
from asl_export.outcomes.world import World, distinct

DROPPED = "\0dropped"
"""The target of a failure that nothing catches."""


class Source(StrEnum):
    """What the data is that a way out brings along."""

    NOTHING = "nothing"
    ERROR = "error"
    """`{"Error", "Cause"}` of a state that failed."""
    FAILURES = "failures"
    """`{"failures": […]}` that a Parallel or Map collected."""


@dataclass(slots=True, kw_only=True, eq=False)
class Exit:
    """A way out of a state of a scope: the worlds it is taken in, and the tasks whose end it settles.

    `settled` maps tasks to their way, None for one that nobody asks for. `bad`: nothing that follows can run. `target`
    is the state it leads to, None the end. `from_choice` names the state that it leaves by a rule of a Choice or by a
    Catch, which can't be an end. `reports` is the block that must report, should anything follow.
    """

    ref: str
    scope: Scope
    worlds: list[World]
    settled: dict[str, str | None]
    source: Source = Source.NOTHING
    from_choice: str | None = None
    failed_name: str = ""
    reports: int | None = None
    bad: bool = False
    target: str | None = None

    def move(self, worlds: Iterable[World]) -> None:
        """Note what is known a step further on."""
        self.worlds = distinct(worlds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """All ways out of a machine, by the reference that stands for them until they know where they lead."""

    by_ref: dict[str, Exit] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def new(
        self,
        worlds: Iterable[World],
        scope: Scope,
        settled: dict[str, str | None],
        *,
        source: Source = Source.NOTHING,
        from_choice: str | None = None,
        failed_name: str = "",
    ) -> Exit:
        """A way out."""
        ref = f"\0exit {next(self.numbers)}"
        made = Exit(
            ref=ref,
            scope=scope,
            worlds=distinct(worlds),
            settled=dict(settled),
            source=source,
            from_choice=from_choice,
            failed_name=failed_name,
        )
        self.by_ref[ref] = made
        return made
