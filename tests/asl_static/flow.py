"""Faults in how the states of a machine follow each other.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.asl_static.machine import ENDS, Scope, State, all_scopes, ways

LONGEST_NAME = 80


def name_faults(root: Scope) -> Iterator[str]:
    """State names that are empty, too long, or taken elsewhere in the machine."""
    names = Counter(name for scope in all_scopes(root) for name in scope.states)
    for name, times in names.items():
        if times > 1:
            yield f"{name}: {times} states have this name"
        if not 1 <= len(name) <= LONGEST_NAME:
            yield f"{name}: a name has 1 to {LONGEST_NAME} characters, not {len(name)}"


def flow_faults(scope: Scope) -> Iterator[str]:
    """Ways that lead nowhere, states that nothing leads to, and states without a way on or with two."""
    if scope.start not in scope.states:
        yield f"StartAt: there is no state {scope.start!r} in {', '.join(scope.states)}"
    for state in scope.states.values():
        for way in ways(state):
            if way.target not in scope.states:
                yield f"{state.name}: goes on to {way.target!r}, which isn't in its scope"
        yield from _end_faults(state)
    for name in sorted(set(scope.states) - reachable(scope)):
        yield f"{name}: nothing leads to it"
    if not any(state.kind in ENDS or state.body.get("End") is True for state in scope.states.values()):
        yield f"{scope.start}: its scope has no end"


def _end_faults(state: State) -> Iterator[str]:
    going_on = [field for field in ("Next", "End") if field in state.body]
    if state.kind in (*ENDS, "Choice"):
        yield from (f"{state.name}: a {state.kind} state has no {field}" for field in going_on)
    elif len(going_on) != 1 or state.body.get("End", True) is not True:
        yield f"{state.name}: has either Next or End: true, not {', '.join(going_on) or 'none of them'}"
    if state.kind == "Choice" and not state.body.get("Choices"):
        yield f"{state.name}: a Choice state has rules"
    yield from (f"{state.name}: has no branches" for branches in [state.body.get("Branches", [1])] if not branches)


def reachable(scope: Scope) -> set[str]:
    """The names of the states that something leads to."""
    seen: set[str] = set()
    waiting = [scope.start]
    while waiting:
        name = waiting.pop()
        if name in scope.states and name not in seen:
            seen.add(name)
            waiting.extend(way.target for way in ways(scope.states[name]))
    return seen
