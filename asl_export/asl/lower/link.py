"""The last step: every reference to a way out becomes the state it leads to, with the variables it sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from asl_export.asl import states as asl
from asl_export.asl.lower.exits import DROPPED, Exit, Exits
from asl_export.asl.lower.plan import Plan
from asl_export.asl.lower.variables import Fact
from asl_export.diagnostics import InternalError
from asl_export.ir.status import Status
from asl_export.ir.values import Document, Literal
from asl_export.outcomes.logic import Logic

_LAST = asl.Done | asl.Failed | asl.TasksFailed | asl.BranchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker:
    """Links the states of a machine.

    `targets`: the state that each way out leads to. `aliases` are the names of questions that make no difference,
    `last` those of states that read no variable and end.
    """

    exits: Exits
    plan: Plan
    logic: Logic
    targets: Mapping[str, str | None]
    aliases: dict[str, str | None] = field(default_factory=dict)
    last: set[str] = field(default_factory=set)

    def machine(self, states: asl.States) -> asl.States:
        """The states, linked, without questions that make no difference."""
        self.last.update(state.name for state in _all(states) if isinstance(state, _LAST))
        for state in _all(states):
            if (isinstance(state, asl.Outcome) or _is_asked(state)) and self.is_idle(state):
                self.aliases[state.name] = self.target(state.next)
        return self.states(states)

    def states(self, states: asl.States) -> asl.States:
        """The states of a machine, branch or body."""
        linked = [self.state(state) for state in states.states if state.name not in self.aliases]
        start = self.target(states.states[0].name)
        if start is None:
            linked.insert(0, asl.Nothing(name=states.states[0].name, next=None))
            start = states.states[0].name
        reached = {start, *(name for state in linked for name in _targets(state))}
        kept = [state for state in linked if not isinstance(state, asl.Done) or state.name in reached]
        return asl.States(states=tuple(sorted(kept, key=lambda state: state.name != start)))

    def is_idle(self, state: asl.Outcome | asl.Choice) -> bool:
        """Whether all ways out of a question are the same."""
        rules = [state.failed] if isinstance(state, asl.Outcome) else [rule.next for rule in state.rules]
        refs = [*rules, state.next]
        return (
            len({self.target(ref) for ref in refs}) == 1
            and not any(self.assigned(ref) for ref in refs)
            and not state.assign
        )

    def state(self, state: asl.State) -> asl.State:
        """A state with its ways known."""
        match state:
            case asl.Done() | asl.Failed() | asl.TasksFailed() | asl.BranchFailed() | asl.ParamsFailed():
                return state
            case asl.CheckParams() | asl.MergeInput() | asl.MakeItems() | asl.Nothing():
                return replace(state, next=self.target(state.next))
            case asl.Choice():
                rules = [
                    replace(rule, next=self.target(rule.next), assign={**rule.assign, **self.assigned(rule.next)})
                    for rule in state.rules
                ]
                return replace(
                    state,
                    rules=tuple(rules),
                    next=self.target(state.next),
                    assign={**state.assign, **self.assigned(state.next)},
                )
            case asl.Outcome():
                return replace(
                    state,
                    failed=self.target(state.failed) or "",
                    failed_assign=self.assigned(state.failed),
                    next=self.target(state.next),
                    assign={**state.assign, **self.assigned(state.next)},
                )
            case asl.Parallel():
                branches = tuple(self.states(branch) for branch in state.branches)
                state = replace(state, branches=branches, gathered=self.gathered(state))
            case asl.Map():
                state = replace(state, body=self.states(state.body), gathered=self.gathered(state))
            case _:
                pass
        linked = replace(state, next=self.target(state.next), assign={**state.assign, **self.assigned(state.next)})
        if isinstance(linked, asl.Task | asl.Parallel | asl.Map):
            return replace(linked, catch=self.catches(linked.catch))
        return linked

    def gathered(self, state: asl.Parallel | asl.Map) -> asl.Gathered:
        """What a state collects of its branches' outputs: nothing where nobody asks."""
        return asl.Gathered.NOTHING if state.next in self.aliases else state.gathered

    def catches(self, catches: tuple[asl.Catch, ...]) -> tuple[asl.Catch, ...]:
        """The Catch rules that lead somewhere."""
        known = [(catch, self.target(catch.next)) for catch in catches]
        return tuple(
            replace(catch, next=target, assign={**catch.assign, **self.assigned(catch.next)})
            for catch, target in known
            if target not in (DROPPED, None)
        )

    def target(self, ref: str | None) -> str | None:
        """The state that a reference leads to, None for the end."""
        name = self.targets.get(ref, ref) if ref else ref
        while name in self.aliases:
            name = self.aliases[name]
        return name

    def assigned(self, ref: str | None) -> Mapping[str, Document]:
        """The variables that a way out sets: how tasks have ended, and nothing for what they didn't give."""
        way = self.exits.by_ref.get(ref or "")
        return dict(self._assigned(way)) if way and self.target(ref) not in self.last else {}

    def _assigned(self, way: Exit) -> Iterator[tuple[str, Document]]:
        for task, end in way.settles.items():
            for fact, variable in self.plan.variables.held(task, way.scope):
                if fact.is_end:
                    yield variable, Literal(value=self.end(fact, end, way))
                elif end != Status.SUCCESS:
                    yield variable, Literal(value=None)

    def end(self, fact: Fact, end: str | None, way: Exit) -> object:
        """How a task has ended, as its variable has it: a flag for each way, of a mapped task seen from outside."""
        if end is None:
            raise InternalError(f"it isn't known how {fact.task!r} ends, and a state asks for it")
        if not self.plan.variables.is_many(fact, way.scope):
            return end
        return {each: each == end for each in sorted(self.logic.tasks[fact.task].ways)}


def _is_asked(state: asl.State) -> TypeGuard[asl.Choice]:
    """Whether it is a question of the compiler's, and no choice of the DAG's."""
    return isinstance(state, asl.Choice) and state.asked


def _all(states: asl.States) -> Iterator[asl.State]:
    waiting = [states]
    while waiting:
        for state in waiting.pop().states:
            yield state
            match state:
                case asl.Parallel(branches=branches):
                    waiting.extend(branches)
                case asl.Map(body=body):
                    waiting.append(body)
                case _:
                    pass


def _targets(state: asl.State) -> Iterator[str | None]:
    match state:
        case asl.Choice(rules=rules, next=following):
            yield from (rule.next for rule in rules)
            yield following
        case asl.Outcome(failed=failed, next=following):
            yield from (failed, following)
        case asl.CheckParams(failed=failed, next=following):
            yield from (failed, following)
        case asl.Task() | asl.Parallel() | asl.Map():
            yield state.next
            yield from (catch.next for catch in state.catch)
        case asl.Wait() | asl.MakeItems() | asl.Pass() | asl.MergeInput() | asl.Nothing():
            yield state.next
        case _:
            pass
