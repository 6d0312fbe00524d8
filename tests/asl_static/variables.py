"""Faults in a machine's variables: those that are read but not assigned on every way there, and names that can't be.

A state's Assign holds for the states after it; an inner scope sees the variables around it and can't assign them; the
items of a distributed Map see none.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.asl_static.flow import reachable
from tests.asl_static.machine import Scope, assigned, assigning, ways
from tests.asl_static.sites import sites

LONGEST_NAME = 80


def variable_faults(
    scope: Scope, known: frozenset[str] = frozenset(), outer: frozenset[str] = frozenset()
) -> Iterator[str]:
    """What is wrong with the variables of a scope and all scopes in it.

    :param known: the variables that the scope sees when it starts.
    :param outer: all names that scopes around it assign anywhere.
    """
    yield from _name_faults(scope, outer)
    own = frozenset(name for state in scope.states.values() for rule in assigning(state) for name in assigned(rule))
    entering = assigned_before(scope, known)
    for name, before in entering.items():
        state = scope.states[name]
        for site in sites(state):
            for variable in sorted(site.reading.variables - before):
                some = "not on every way there" if variable in own | known else "by no state that it sees"
                yield f"{name}: {site.where} reads ${variable}, which is assigned {some}"
        for inner in state.inner:
            yield from variable_faults(inner, frozenset() if state.is_detached else before, outer | own)


def assigned_before(scope: Scope, known: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """For each state that something leads to, the variables that are assigned on every way there."""
    found: dict[str, frozenset[str]] = {scope.start: known}
    waiting = [scope.start] if scope.start in scope.states else []
    while waiting:
        state = scope.states[waiting.pop()]
        for way in ways(state):
            if way.target not in scope.states:
                continue
            after = found[state.name] | way.assigned
            before = found.get(way.target)
            now = after if before is None else before & after
            if now != before:
                found[way.target] = now
                waiting.append(way.target)
    return {name: found[name] for name in scope.states if name in reachable(scope)}


def _name_faults(scope: Scope, outer: frozenset[str]) -> Iterator[str]:
    for state in scope.states.values():
        for rule in assigning(state):
            for name in sorted(assigned(rule)):
                if name in outer:
                    yield f"{state.name}: assigns ${name}, which a scope around it assigns too"
                if not name.isidentifier() or name[0] == "_" or name == "states" or len(name) > LONGEST_NAME:
                    yield f"{state.name}: assigns ${name}, which can't be a variable's name"
