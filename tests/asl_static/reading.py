"""What an expression or a path reads, whatever the query language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The variables that are read, what of `$states` (JSONPath: `$$` is its context), and what is wrong beside."""

    variables: frozenset[str] = frozenset()
    states: frozenset[tuple[str, ...]] = frozenset()
    faults: tuple[str, ...] = ()
