"""Which Batch jobs wait for which: `DependsOn` by the variables that hold job ids.

Understood is a variable that a Task assigned its result's JobId, or that holds such a variable. An id from anywhere
else (an input, an expression) orders nothing here; nor does N_TO_N, which orders children, not jobs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from tests.asl_order.machine import Definition, Machine
from tests.asl_order.scopes import Relation, Scopes

_RESULT = re.compile(r"\{%\s*\$states\.result\.JobId\s*%\}|\$\.JobId")
_VARIABLE = re.compile(r"\{%\s*\$([^\W\d]\w*)\s*%\}|\$([^\W\d]\w*)")


def job_dependencies(machine: Machine) -> dict[str, frozenset[str]]:
    """For each Task, those whose jobs must have ended before its job starts, through other jobs too."""
    variables = _Variables(machine)
    direct = {
        name: [job for variable in _waits_for(machine.states[name]) for job in variables.jobs(variable, seen_by=name)]
        for name in machine.tasks
    }
    found: dict[str, frozenset[str]] = {}
    for name in direct:
        waiting, seen = list(direct[name]), set[str]()
        while waiting:
            job = waiting.pop()
            if job not in seen:
                seen.add(job)
                waiting.extend(direct[job])
        found[name] = frozenset(seen)
    return found


class _Variables:
    """Whose job ids variables hold."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.scopes = Scopes(machine=machine)
        self.assigned: dict[str, list[tuple[str, str]]] = {}
        for name, state in machine.states.items():
            for variable, value in _assignments(state):
                self.assigned.setdefault(variable, []).append((name, value))

    def jobs(self, variable: str, *, seen_by: str) -> list[str]:
        """The Tasks whose job id a variable may hold in a state; none when one of several would be overwritten.

        What one state sets are alternatives: its own Assign, or that of a Catch or Choice rule.
        """
        values = [(name, value) for name, value in self.assigned.get(variable, ()) if self.scopes.sees(seen_by, name)]
        if any(
            one != other and self.scopes.relation(one, other) is not Relation.APART
            for (one, _), (other, _) in combinations(values, 2)
        ):
            return []
        found: list[str] = []
        for name, value in values:
            other = _variable(value)
            if _RESULT.fullmatch(value):
                found.extend([name] if _submits(self.machine.states[name]) else [])
            elif other and other != variable:
                found.extend(self.jobs(other, seen_by=name))
        return found


def _assignments(state: Definition) -> Iterator[tuple[str, str]]:
    """The variables that a state sets, with the text of their values; null is no job, and none can depend on it."""
    for rule in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        for variable, value in rule.get("Assign", {}).items():
            if value is not None:
                yield variable.removesuffix(".$"), value if isinstance(value, str) else ""


def _waits_for(state: Definition) -> Iterator[str]:
    """The variables in a job's DependsOn."""
    request: Mapping[str, object] = state.get("Arguments") or state.get("Parameters") or {}
    dependencies = request.get("DependsOn")
    for dependency in dependencies if isinstance(dependencies, Sequence) else ():
        if isinstance(dependency, Mapping) and dependency.get("Type") is None:
            variable = _variable(str(dependency.get("JobId") or dependency.get("JobId.$") or ""))
            if variable:
                yield variable


def _submits(state: Definition) -> bool:
    return ":batch:submitJob" in str(state.get("Resource"))


def _variable(text: str) -> str | None:
    match = _VARIABLE.fullmatch(text)
    return (match[1] or match[2]) if match else None
