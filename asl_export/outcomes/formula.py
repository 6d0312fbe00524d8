"""Conditions on how tasks ended, free of any query language.

A task that isn't mapped ends in one *way*: a `Status`, or for a choice the option it took. A mapped task has an
instance for each item, and `Ended` asks for any of them: Airflow's trigger rules ask nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Some instance of a task has ended in one of the ways."""

    task: str
    ways: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part doesn't hold."""

    part: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """All parts hold; without parts it is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """One of the parts holds; without parts it is false."""

    parts: tuple[Formula, ...]


Formula = Ended | Not | Every | Some

TRUE: Formula = Every(parts=())
FALSE: Formula = Some(parts=())


def ended(task: str, ways: Iterable[str]) -> Formula:
    """That a task ended in one of the ways; false for none."""
    given = frozenset(ways)
    return Ended(task=task, ways=given) if given else FALSE


def negation(part: Formula) -> Formula:
    """The opposite."""
    match part:
        case Not(part=inner):
            return inner
        case Every(parts=()):
            return FALSE
        case Some(parts=()):
            return TRUE
        case _:
            return Not(part=part)


def every(parts: Iterable[Formula]) -> Formula:
    """All of the parts, as simple as it can be."""
    flat: dict[Formula, None] = {}
    for part in parts:
        if part == FALSE:
            return FALSE
        flat.update(dict.fromkeys(part.parts if isinstance(part, Every) else (part,)))
    return next(iter(flat)) if len(flat) == 1 else Every(parts=tuple(flat))


def some(parts: Iterable[Formula]) -> Formula:
    """One of the parts, as simple as it can be: what is asked of the same task twice is asked once."""
    flat: dict[Formula | str, Formula] = {}
    for part in parts:
        if part == TRUE:
            return TRUE
        for inner in part.parts if isinstance(part, Some) else (part,):
            before = flat.get(inner.task) if isinstance(inner, Ended) else None
            if isinstance(inner, Ended):
                ways = inner.ways | (before.ways if isinstance(before, Ended) else frozenset())
                flat[inner.task] = Ended(task=inner.task, ways=ways)
            else:
                flat[inner] = inner
    return next(iter(flat.values())) if len(flat) == 1 else Some(parts=tuple(flat.values()))


def atoms(formula: Formula) -> Iterator[Ended]:
    """Every question a formula asks, in order."""
    waiting = [formula]
    while waiting:
        match waiting.pop():
            case Ended() as atom:
                yield atom
            case Not(part=part):
                waiting.append(part)
            case Every(parts=parts) | Some(parts=parts):
                waiting.extend(reversed(parts))


def substituted(formula: Formula, meanings: Mapping[str, Mapping[str, Formula]]) -> Formula:
    """The formula with the tasks in `meanings` replaced by what each of their ways means."""
    match formula:
        case Ended(task=task, ways=ways) if task in meanings:
            return some(substituted(meanings[task][way], meanings) for way in sorted(ways) if way in meanings[task])
        case Ended():
            return formula
        case Not(part=part):
            return negation(substituted(part, meanings))
        case Every(parts=parts):
            return every(substituted(part, meanings) for part in parts)
        case Some(parts=parts):
            return some(substituted(part, meanings) for part in parts)
