"""How two states of a machine lie to one another: one after the other, side by side, or never in one run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tests.asl_order.machine import Machine, Place, Scope, Step


class Relation(StrEnum):
    """How one state lies to another, within one item of each map that both are in."""

    BEFORE = "before"
    AFTER = "after"
    UNORDERED = "unordered"
    APART = "never in one run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """Compares the places of states in the innermost scope that both are in."""

    machine: Machine

    def scope(self, step: Step) -> Scope:
        """The scope that a step is in."""
        return self.machine.scopes[step.scope]

    def relation(self, first: str, second: str) -> Relation:
        """How the first state lies to the second; in a loop they are unordered."""
        if not {first, second} <= self.machine.running:
            return Relation.APART
        one, other = self.machine.places[first], self.machine.places[second]
        depth = parting(one, other)
        if depth in (len(one), len(other)) or one[depth].scope != other[depth].scope or self._repeats(one[:depth]):
            return Relation.UNORDERED
        scope, here, there = self.scope(one[depth]), one[depth].state, other[depth].state
        match scope.reaches(here, there), scope.reaches(there, here):
            case True, False:
                return Relation.BEFORE
            case False, True:
                return Relation.AFTER
            case True, True:
                return Relation.UNORDERED
            case _:
                return Relation.APART

    def maps(self, first: str, second: str) -> tuple[str, ...]:
        """The Map states that both states are inside of, outermost first."""
        one, other = self.machine.places[first], self.machine.places[second]
        deeper = zip(one[1:], other[1:], one, strict=False)
        return tuple(
            self.scope(around).names[around.state]
            for step, beside, around in deeper
            if step.scope == beside.scope and self.scope(step).per_item
        )

    def sees(self, reader: str, setter: str) -> bool:
        """Whether a state sees the variables that another sets: it comes later in the same scope or inside of it."""
        one, other = self.machine.places[setter], self.machine.places[reader]
        depth = len(one) - 1
        return parting(one, other) == depth < len(other) and self.relation(setter, reader) is Relation.BEFORE

    def always_between(self, first: str, middle: str, last: str) -> bool:
        """Whether a run that goes from the first state to the last, none of them failing, ends the middle one between.

        The first may be in a container that ends before the last, the last in one that begins after the first.
        """
        one, between, other = (self.machine.places[name] for name in (first, middle, last))
        depth = parting(one, other)
        if self.relation(first, last) is not Relation.BEFORE or parting(one[:depth], between) < depth:
            return False
        if len(between) <= depth or between[depth].scope != one[depth].scope:
            return False
        if between[depth] == one[depth]:
            return self._always_after(one, between)
        if between[depth] == other[depth]:
            return self._always_before(between, other)
        return self._passes(one[depth], other[depth], between[depth]) and self._always(between[depth + 1 :])

    def _always_after(self, one: Place, between: Place) -> bool:
        depth = parting(one, between)
        if one[depth].scope != between[depth].scope:
            return self._always(between[depth:])
        return self._passes(one[depth], None, between[depth]) and self._always(between[depth + 1 :])

    def _always_before(self, between: Place, other: Place) -> bool:
        depth = parting(between, other)
        if between[depth].scope != other[depth].scope:
            return False
        return self._passes(None, other[depth], between[depth]) and self._always(between[depth + 1 :])

    def _always(self, steps: Iterable[Step]) -> bool:
        """Whether a container that runs always comes to the last of the steps inside of it; a map may have no items."""
        return all(not self.scope(step).per_item and self._passes(None, None, step) for step in steps)

    def _passes(self, first: Step | None, last: Step | None, middle: Step) -> bool:
        """Whether every way from the first (None: the start) to the last (None: any good end) has the middle."""
        scope = self.scope(middle)
        goal = scope.ends if last is None else 1 << last.state
        waiting = [scope.start] if first is None else list(scope.good[first.state])
        if first is not None and last is None and goal >> first.state & 1:
            return False
        seen = 1 << middle.state
        while waiting:
            state = waiting.pop()
            if seen >> state & 1:
                continue
            if goal >> state & 1:
                return False
            seen |= 1 << state
            waiting.extend(scope.good[state])
        return True

    def _repeats(self, steps: Place) -> bool:
        return any(self.scope(step).reaches(step.state, step.state) for step in steps)


def parting(one: Place, other: Place) -> int:
    """How many steps two places have in common at their beginning."""
    for depth, (step, beside) in enumerate(zip(one, other, strict=False)):
        if step != beside:
            return depth
    return min(len(one), len(other))
