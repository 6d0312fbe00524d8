"""The ways out of a state that don't know yet where they lead."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
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
    Catch, which can't be an end. `reports` is the block that must report, should anything follow. `joined` is the way
    that it goes on as, together with others; `parts` are those.
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
    joined: Exit | None = None
    parts: tuple[Exit, ...] = ()

    @property
    def origins(self) -> Iterator[Exit]:
        """The ways out of states that it was joined of."""
        waiting = [self]
        while waiting:
            way = waiting.pop()
            waiting.extend(reversed(way.parts))
            if not way.parts:
                yield way

    @property
    def settles(self) -> dict[str, str | None]:
        """The tasks whose end it settles, as all of the way does."""
        found: dict[str, str | None] = {}
        stage: Exit | None = self
        while stage is not None:
            found.update(stage.settled)
            stage = stage.joined
        return found

    def move(self, worlds: Iterable[World]) -> None:
        """Note what is known a step further on."""
        self.worlds = distinct(worlds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """All ways out of a machine, by the reference that stands for them until they know where they lead."""

    by_ref: dict[str, Exit] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def join(self, ways: Sequence[Exit]) -> list[Exit]:
        """The ways, with one in the place of those that know and bring along the same.

        Else a long series, in which each task may fail, would have as many ways past its last tasks as it has tasks.
        """
        alike: dict[object, list[Exit]] = {}
        for way in ways:
            alike.setdefault(_knowledge(way) if len(ways) > 1 else way.ref, []).append(way)
        return [self._joined(same) if len(same) > 1 else same[0] for same in alike.values()]

    def targets(self) -> dict[str, str | None]:
        """The state that each way leads to in the end, itself or as what it was joined to."""
        found: dict[str, str | None] = {}
        for way in reversed(self.by_ref.values()):  # one that others were joined to was made after them
            found[way.ref] = found[way.joined.ref] if way.target is None and way.joined else way.target
        return found

    def _joined(self, ways: Sequence[Exit]) -> Exit:
        first = ways[0]
        one = self.new(first.worlds, first.scope, {}, source=first.source, from_choice=first.from_choice)
        one.parts = tuple(ways)
        for way in ways:
            way.joined = one
        return one

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


def _knowledge(way: Exit) -> object:
    """What makes ways alike from here on; one whose block may have to report is like no other."""
    if way.reports is not None or way.bad:
        return way.ref
    worlds = tuple((frozenset(world.ends.items()), world.clauses) for world in way.worlds)
    return way.source, way.from_choice is None, worlds
