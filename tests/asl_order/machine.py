"""A machine's definition as places in nested scopes: who may follow whom in each `States` map.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-state-machine-structure.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One `States` map; its states are numbers, sets of them are bits.

    `good` are the ways on by Next, Default and Choices, `ways` those by Catch too, `after[n]` what can run once n has,
    `ends` where the scope's run ends well, `per_item` whether it is a Map's body.
    """

    names: tuple[str, ...]
    start: int
    good: tuple[tuple[int, ...], ...]
    ways: tuple[tuple[int, ...], ...]
    after: tuple[int, ...]
    ends: int
    per_item: bool

    def reaches(self, first: int, second: int) -> bool:
        """Whether the second can run once the first has."""
        return bool(self.after[first] >> second & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A state in a scope, both as numbers."""

    scope: int
    state: int


Place = tuple[Step, ...]
"""Where a state is: the containers around it, outermost first, then the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine's scopes, and its states and their places by name, in the order of the definition.

    `running`: the states that something leads to.
    """

    scopes: tuple[Scope, ...]
    states: Mapping[str, Definition]
    places: Mapping[str, Place]
    running: frozenset[str]

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of all Task states."""
        return tuple(name for name, state in self.states.items() if state["Type"] == "Task")


def read_machine(definition: Definition) -> Machine:
    """The machine of a definition.

    :raises ValueError: when two states have one name, or a state goes on to one that its scope doesn't have.
    """
    scopes: list[Scope] = []
    states: dict[str, Definition] = {}
    places: dict[str, Place] = {}
    waiting: list[tuple[Definition, Place, bool] | tuple[str, Definition, Place]] = [(definition, (), False)]
    while waiting:
        match waiting.pop():
            case (str() as name, state, place):
                if name in states:
                    raise ValueError(f"two states are named {name!r}")
                states[name], places[name] = state, place
                per_item = state["Type"] == "Map"
                waiting.extend((region, place, per_item) for region in reversed(_regions(state)))
            case (region, outer, per_item):
                number = len(scopes)
                scopes.append(_scope(region, per_item=per_item))
                inner = [
                    (name, state, (*outer, Step(scope=number, state=index)))
                    for index, (name, state) in enumerate(region["States"].items())
                ]
                waiting.extend(reversed(inner))
    running = frozenset(name for name, place in places.items() if all(map(_started(scopes), place)))
    return Machine(scopes=tuple(scopes), states=states, places=places, running=running)


def _started(scopes: Sequence[Scope]) -> Callable[[Step], bool]:
    started = [1 << scope.start | scope.after[scope.start] for scope in scopes]
    return lambda step: bool(started[step.scope] >> step.state & 1)


def _regions(state: Definition) -> Sequence[Definition]:
    match state:
        case {"Type": "Parallel", "Branches": branches}:
            return list(branches)
        case {"Type": "Map", "ItemProcessor": body} | {"Type": "Map", "Iterator": body}:
            return [body]
        case _:
            return []


def _scope(region: Definition, *, per_item: bool) -> Scope:
    states: Mapping[str, Definition] = region["States"]
    number = {name: index for index, name in enumerate(states)}
    wanted = {region["StartAt"], *(name for state in states.values() for name in (*_good(state), *_caught(state)))}
    missing = sorted(wanted - set(number))
    if missing:
        raise ValueError(f"no state is named {missing[0]!r} beside {', '.join(map(repr, states))}")
    good = tuple(tuple(number[name] for name in _good(state)) for state in states.values())
    caught = tuple(tuple(number[name] for name in _caught(state)) for state in states.values())
    ways = tuple((*on, *aside) for on, aside in zip(good, caught, strict=True))
    ends = sum(
        1 << index
        for index, state in enumerate(states.values())
        if state.get("End") is True or state["Type"] == "Succeed"
    )
    return Scope(
        names=tuple(states),
        start=number[region["StartAt"]],
        good=good,
        ways=ways,
        after=_closure(ways),
        ends=ends,
        per_item=per_item,
    )


def _good(state: Definition) -> Iterator[str]:
    rules = [state, *state.get("Choices", ())]
    yield from (rule["Next"] for rule in rules if "Next" in rule)
    if "Default" in state:
        yield state["Default"]


def _caught(state: Definition) -> Iterator[str]:
    yield from (catcher["Next"] for catcher in state.get("Catch", ()))


def _closure(ways: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """For each state the bits of those that can follow it, however late; a loop's states follow themselves."""
    after = [0] * len(ways)
    changed = True
    while changed:
        changed = False
        for index in reversed(range(len(ways))):
            found = after[index]
            for below in ways[index]:
                found |= 1 << below | after[below]
            changed = changed or found != after[index]
            after[index] = found
    return tuple(after)
