"""The order that a machine's definition alone gives its Task states, in every run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.asl_order.jobs import job_dependencies
from tests.asl_order.machine import Definition, Machine, read_machine
from tests.asl_order.scopes import Relation, Scopes

_ENDS = ("success", "failed", "upstream_failed", "skipped")
_VARIABLE = re.compile(r"\$([^\W\d]\w*)(?![\w(])")
_UNENDED = (":batch:submitJob", ":ecs:runTask", ":glue:startJobRun", ":states:startExecution")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which Task states run before which. All of it holds within one item of each map that both states are in.

    `ends` are the variables that hold how a task ended.
    """

    machine: Machine
    scopes: Scopes
    dependencies: Mapping[str, frozenset[str]]
    ends: frozenset[str]

    def runs(self, name: str) -> bool:
        """Whether anything leads to a state."""
        return name in self.machine.running

    def together(self, first: str, second: str) -> bool:
        """Whether both can run in one execution."""
        return self.scopes.relation(first, second) is not Relation.APART

    def maps(self, first: str, second: str) -> tuple[str, ...]:
        """The Map states that both are inside of, outermost first: between their items nothing is ordered."""
        return self.scopes.maps(first, second)

    def state_before(self, first: str, second: str) -> bool:
        """Whether the first state has ended before the second starts, in every run of both."""
        return self.scopes.relation(first, second) is Relation.BEFORE

    def before(self, first: str, second: str) -> bool:
        """Whether the first's work has ended before the second's starts, in every run of both in which no state fails.

        A job submitted without waiting ends before the jobs that depend on it, and before what follows a state that
        always waits for one of these. A Choice in front of that state that asks how tasks ended is taken to let it run.
        """
        earlier = self.dependencies[second]
        return first in earlier or any(self._ended(first, job) for job in (second, *earlier))

    def _ended(self, first: str, second: str) -> bool:
        if not self.state_before(first, second) or not self.unended(first):
            return self.state_before(first, second)
        return any(
            first in earlier and not self.unended(waiting) and self.scopes.always_between(first, passed, second)
            for waiting, earlier in self.dependencies.items()
            for passed in (waiting, *self._asking(waiting))
        )

    def _asking(self, name: str) -> Iterator[str]:
        """The Choices that go on to a state and ask nothing but how tasks ended."""
        for asking, state in self.machine.states.items():
            rules = state.get("Choices", ())
            asked = {variable for rule in rules for variable in _VARIABLE.findall(str(rule))}
            if name in (state.get("Default"), *(rule["Next"] for rule in rules)) and asked and asked <= self.ends:
                yield asking

    def unended(self, name: str) -> bool:
        """Whether a state ends while the work that it started goes on."""
        return str(self.machine.states[name]["Resource"]).endswith(_UNENDED)


def order_of(definition: Definition) -> Order:
    """The order of a machine's Task states.

    :raises ValueError: when the definition's states don't hang together.
    """
    machine = read_machine(definition)
    return Order(
        machine=machine,
        scopes=Scopes(machine=machine),
        dependencies=job_dependencies(machine),
        ends=frozenset(_ends(machine)),
    )


def _ends(machine: Machine) -> Iterator[str]:
    """The variables that hold how a task ended: some state assigns them one of the words for it."""
    for state in machine.states.values():
        for rule in (state, *state.get("Choices", ()), *state.get("Catch", ())):
            yield from (name for name, value in rule.get("Assign", {}).items() if value in _ENDS)
