"""The states that a run of a machine enters, counted: nothing fails, and where it chooses, the costliest way is taken.

Sources: https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html for the events,
https://aws.amazon.com/step-functions/pricing/ for what a transition is: a state entered, and a child execution started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from asl_export.asl import states as asl
from asl_export.estimate.limits import TRANSITIONS_A_CHILD

REST = ""
"""The part of a run that is of no map."""

_SUBMIT = ":batch:submitJob"
_WAITED = (".sync", ".sync:2")
# The execution's own start and end.
_EXECUTION = 2
# Entered and exited.
_STATE = 2
# Entered: the execution ends.
_FAIL = 1
# Entered, scheduled, started, succeeded, exited; one that waits for what it started is submitted, too.
_CALL = 5
_WAITED_CALL = 6
# Entered, started, succeeded, exited.
_CONTAINER = 4
# The map run started and succeeded.
_MAP_RUN = 2
# Started, succeeded.
_ITERATION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a part of a run uses: transitions, events in the execution's own history, jobs that it submits.

    `planning` are those jobs that only plan, and tell what became of, the others: from Airflow the task does that.
    """

    transitions: int = 0
    events: int = 0
    jobs: int = 0
    planning: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            transitions=self.transitions + other.transitions,
            events=self.events + other.events,
            jobs=self.jobs + other.jobs,
            planning=self.planning + other.planning,
        )

    def times(self, count: int) -> Usage:
        """All of it so many times."""
        return Usage(
            transitions=self.transitions * count,
            events=self.events * count,
            jobs=self.jobs * count,
            planning=self.planning * count,
        )


Parts = Mapping[str, Usage]
"""What is used, by the id of the map that uses it, `REST` beside maps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a run uses; `child_events`: in the history of the child with the longest one; `exact`: no way was chosen."""

    parts: Parts
    child_events: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """What a walk must know of maps.

    `owners` has the task or map of each state, `iterations` by a map's id how often its Map's body runs, `batch` those
    of them that are `BatchMapOperator`s.
    """

    owners: Mapping[str, str]
    iterations: Mapping[str, int]
    batch: frozenset[str]


def walk(machine: asl.StateMachine, maps: Maps) -> Walked:
    """What a run of a machine uses in which nothing fails."""
    walking = _Walk(maps=maps)
    parts = _both(walking.states(machine.states, REST), {REST: Usage(events=_EXECUTION)})
    return Walked(parts=parts, child_events=walking.child_events, exact=walking.exact)


@dataclass(slots=True, kw_only=True)
class _Walk:
    maps: Maps
    child_events: int = 0
    exact: bool = True

    def states(self, states: asl.States, around: str) -> Parts:
        """What the states of a machine, branch or body use, that of their way on included.

        :param around: the outermost map that they are in.
        """
        by_name = {state.name: state for state in states.states}
        used: dict[str | None, Parts] = {None: {}}
        for name in _last_first(states.states[0].name, lambda name: self.following(by_name[name])):
            state = by_name[name]
            ways = [used[following] for following in self.following(state)]
            costliest = max(ways, key=_weight)
            self.exact &= all(_weight(way) == _weight(costliest) for way in ways)
            used[name] = _both(self.state(state, around), costliest)
        return used[states.states[0].name]

    def following(self, state: asl.State) -> list[str | None]:
        """The states that may come after one when nothing fails; None is the end."""
        match state:
            case asl.Choice(rules=rules) if (
                self.part(state.name, REST) in self.maps.iterations.keys() - self.maps.batch
            ):
                return [rules[0].next]  # It asks whether a map has items.
            case asl.Choice(rules=rules):
                return [*dict.fromkeys([*(rule.next for rule in rules), state.next])]
            case asl.Failed() | asl.TasksFailed() | asl.BranchFailed() | asl.ParamsFailed() | asl.Done():
                return [None]
            case _:
                return [state.next]

    def part(self, name: str, around: str) -> str:
        """The map that a state is of."""
        owner = self.maps.owners.get(name, REST)
        return around or (owner if owner in self.maps.iterations else REST)

    def state(self, state: asl.State, around: str) -> Parts:
        """What one state uses, with all that is in it."""
        part = self.part(state.name, around)
        match state:
            case asl.Task(resource=resource):
                events = _WAITED_CALL if resource.endswith(_WAITED) else _CALL
                submits = int(_SUBMIT in resource)
                planning = submits if part in self.maps.batch and not around else 0
                return {part: Usage(transitions=1, events=events, jobs=submits - planning, planning=planning)}
            case asl.Parallel(branches=branches):
                used: Parts = {part: Usage(transitions=1, events=_CONTAINER)}
                for branch in branches:
                    used = _both(used, self.states(branch, around))
                return used
            case asl.Map():
                return {part: self.map(state, part)}
            case asl.Failed() | asl.TasksFailed() | asl.ParamsFailed():
                return {part: Usage(transitions=1, events=_FAIL)}
            case _:
                return {part: Usage(transitions=1, events=_STATE)}

    def map(self, state: asl.Map, part: str) -> Usage:
        """What a Map uses, for all of its items."""
        count = self.maps.iterations[self.maps.owners[state.name]]
        (body,) = self.states(state.body, part).values()
        own = Usage(transitions=1, events=_CONTAINER)
        if not state.distributed:
            return own + (body + Usage(events=_ITERATION)).times(count)
        self.child_events = max(self.child_events, body.events + _EXECUTION if count else 0)
        child = Usage(transitions=TRANSITIONS_A_CHILD + body.transitions, jobs=body.jobs)
        return own + Usage(events=_MAP_RUN) + child.times(count)


def _both(one: Parts, other: Parts) -> Parts:
    return {part: one.get(part, Usage()) + other.get(part, Usage()) for part in dict.fromkeys((*one, *other))}


def _weight(parts: Parts) -> tuple[int, ...]:
    whole = sum(parts.values(), Usage())
    return whole.transitions, whole.jobs + whole.planning, whole.events


def _last_first(start: str, following: Callable[[str], Sequence[str | None]]) -> Iterator[str]:
    """The states from a start on, each after those that come after it: a machine as this is has no loops."""
    seen, waiting = {start}, [(start, iter(following(start)))]
    while waiting:
        name, left = waiting[-1]
        further = next((each for each in left if each is not None and each not in seen), None)
        if further is None:
            yield name
            waiting.pop()
        else:
            seen.add(further)
            waiting.append((further, iter(following(further))))
