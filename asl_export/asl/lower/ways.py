"""Where the states of a task lead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where a task's states lead: references to exits; `options` are those of a choice."""

    success: str
    failure: str
    skip: str
    options: tuple[str, ...] = ()
