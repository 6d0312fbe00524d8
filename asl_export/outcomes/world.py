"""What is known, when the machine is written, of how the tasks before some place in it have ended.

A *world* is one possibility. Several worlds at a place are alternatives; a formula that has the same truth in all of
them needs no question in the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from asl_export.ir.status import Status
from asl_export.outcomes.formula import Ended, Every, Formula, Not, Some

FAILURE = frozenset({Status.FAILED, Status.UPSTREAM_FAILED})

MOST_WORLDS = 24
"""Alternatives kept apart at one place; more are taken together, which costs the machine a question at worst."""


class End(NamedTuple):
    """The end of a task: some instance ended in each of the ways `must`, none in a way outside of `may`.

    A task that isn't mapped has one way: in `may`, and in `must` too where it is certain. A tuple, as worlds are
    compared by their ends all the time.
    """

    must: frozenset[str]
    may: frozenset[str]


def one_of(ways: Iterable[str]) -> End:
    """The end of a task that isn't mapped."""
    may = frozenset(ways)
    return End(must=may if len(may) == 1 else frozenset(), may=may)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Ends by task, and *clauses*: of each set of tasks at least one has failed or is upstream_failed."""

    ends: Mapping[str, End]
    clauses: frozenset[frozenset[str]] = frozenset()

    def with_ends(self, ends: Mapping[str, End], *, clause: frozenset[str] | None = None) -> World:
        """The world in which more tasks have ended."""
        clauses = self.clauses | {clause} if clause else self.clauses
        return World(ends={**self.ends, **ends}, clauses=clauses)

    def only(self, tasks: frozenset[str] | set[str]) -> World:
        """The world without what nobody asks any more."""
        if self.ends.keys() <= tasks:
            return self
        kept = frozenset(clause for clause in self.clauses if clause <= tasks)
        return World(ends={task: end for task, end in self.ends.items() if task in tasks}, clauses=kept)


def holds(formula: Formula, world: World) -> bool | None:
    """Whether a formula holds in a world, None when that isn't known."""
    match formula:
        case Ended(task=task, ways=ways):
            end = world.ends.get(task)
            if _by_clause((formula,), world):
                return True
            return None if end is None else _ended(end, ways)
        case Not(part=part):
            inner = holds(part, world)
            return None if inner is None else not inner
        case Every(parts=parts):
            found = [holds(part, world) for part in parts]
            return False if False in found else None if None in found else True
        case Some(parts=parts):
            found = [holds(part, world) for part in parts]
            if True in found or _by_clause(parts, world):
                return True
            return None if None in found else False


def _ended(end: End, ways: frozenset[str]) -> bool | None:
    if end.must & ways or (end.may and end.may <= ways):
        return True
    return None if end.may & ways else False


def _by_clause(parts: Sequence[Formula], world: World) -> bool:
    if not world.clauses:
        return False
    asked = {part.task for part in parts if isinstance(part, Ended) and part.ways >= _failures(part.task, world)}
    return any(clause <= asked for clause in world.clauses)


def _failures(task: str, world: World) -> frozenset[str]:
    end = world.ends.get(task)
    return FAILURE & end.may if end else FAILURE


def distinct(worlds: Iterable[World]) -> list[World]:
    """The alternatives, each once; more than can be kept apart become one that knows less."""
    kept: dict[object, World] = {}
    for world in worlds:
        kept.setdefault((frozenset(world.ends.items()), world.clauses), world)
        if len(kept) > MOST_WORLDS:
            return [_together([*kept.values(), *worlds])]
    return list(kept.values())


def _together(worlds: Sequence[World]) -> World:
    names = dict.fromkeys(task for world in worlds for task in world.ends)
    ends = {
        task: merged_end([world.ends[task] for world in worlds])
        for task in names
        if all(task in world.ends for world in worlds)
    }
    return World(ends=ends, clauses=frozenset.intersection(*(world.clauses for world in worlds)))


def merged_end(ends: Sequence[End]) -> End:
    """What is known of an end that is one of several."""
    return End(
        must=frozenset.intersection(*(end.must for end in ends)), may=frozenset().union(*(end.may for end in ends))
    )


def combined(base: Sequence[World], sides: Sequence[Sequence[Mapping[str, End]]]) -> list[World]:
    """The worlds after several things side by side, each of which ended in one of its alternatives."""
    number = len(base)
    for side in sides:
        number *= max(len(side), 1)
    if number > MOST_WORLDS:
        sides = [[_merged(side)] for side in sides if side]
    chosen = [{task: end for ends in choice for task, end in ends.items()} for choice in product(*sides)]
    return distinct(world.with_ends(ends) for world in base for ends in chosen)


def _merged(side: Sequence[Mapping[str, End]]) -> Mapping[str, End]:
    return {task: merged_end([ends[task] for ends in side]) for task in side[0] if all(task in ends for ends in side)}
