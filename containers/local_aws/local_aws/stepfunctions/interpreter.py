"""The interpreter: runs a machine's states one after another, with Retry, Catch, variables and history.

What each kind of state does is in `states/`; how its data is selected and shaped in `language/`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from local_aws.stepfunctions.engine import Engine
from local_aws.stepfunctions.errors import DATA_LIMIT, QUERY, StatesError, matches
from local_aws.stepfunctions.history import UNTRUNCATED, Cursor
from local_aws.stepfunctions.language.jsonata import JsonataLanguage
from local_aws.stepfunctions.language.jsonpath import JsonpathLanguage
from local_aws.stepfunctions.language.scope import UNSET, Language, Scope
from local_aws.stepfunctions.machine import Catcher, Kind, Machine, QueryLanguage, Retrier, State
from local_aws.stepfunctions.shapes import compact_json, iso_time

if TYPE_CHECKING:
    from local_aws.stepfunctions.items.map_run import Child, MapRun

PAYLOAD_LIMIT = 262_144
"""Bytes of a state's input or output, and of all that one Assign assigns.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html and workflow-variables.html
"""
VARIABLES_LIMIT = 10 * 1024 * 1024
"""Bytes of all variables; counted here along a branch, with those around it."""

LANGUAGES: Mapping[QueryLanguage, Language] = {
    QueryLanguage.JSONATA: JsonataLanguage(),
    QueryLanguage.JSONPATH: JsonpathLanguage(),
}


class MapRuns(Protocol):
    """Where a distributed Map registers itself and gets its children from: the execution it belongs to."""

    def register(self, run: MapRun) -> None:
        """Note a Map Run."""

    def child(self, run: MapRun, machine: Machine, data: Any, *, express: bool) -> Child:
        """A child execution, not yet running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The execution that states run in."""

    engine: Engine
    arn: str
    machine_arn: str
    role_arn: str
    region: str
    behaviours: Mapping[Kind, Behaviour]
    map_runs: MapRuns


@dataclass(slots=True, kw_only=True)
class Frame:
    """One branch of an execution: its context object, its variables, its place in the history."""

    run: Run
    cursor: Cursor
    context: dict[str, Any]
    variables: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)

    def assign(self, values: Mapping[str, Any]) -> None:
        """Give variables their values.

        :raises StatesError: States.DataLimitExceeded past the limits on variables.
        """
        if not values:
            return
        sizes = {name: len(compact_json(value).encode()) for name, value in values.items()}
        if sum(sizes.values()) > PAYLOAD_LIMIT:
            raise StatesError(DATA_LIMIT, "Assign has a size exceeding the maximum number of bytes service limit.")
        self.sizes.update(sizes)
        if sum(self.sizes.values()) > VARIABLES_LIMIT:
            raise StatesError(DATA_LIMIT, "All variables have a size exceeding the limit of 10 MiB.")
        self.variables.update(values)

    def branch(self, **context: Any) -> Frame:
        """A frame for a branch or an iteration: it sees the variables and keeps its own to itself."""
        return Frame(
            run=self.run,
            cursor=self.cursor.branch(),
            context={**self.context, **context},
            variables=dict(self.variables),
            sizes=dict(self.sizes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a state's behaviour came to.

    :param result: the result, or UNSET for a state whose output comes from its input.
    :param next: the state to go to where the behaviour decides that; else the definition says.
    :param rule: the Choice rule whose Assign and Output apply.
    """

    result: Any = UNSET
    next: str | None = None
    rule: Mapping[str, Any] | None = None


Behaviour = Callable[[State, Scope, Frame], Awaitable[Outcome]]


async def run_machine(machine: Machine, data: Any, frame: Frame) -> Any:
    """The output of a machine for an input.

    :raises StatesError: when a state fails and nothing catches it.
    """
    name: str | None = machine.start_at
    while name is not None:
        await asyncio.sleep(0)  # a loop of states that wait for nothing must let the other executions run
        data, name = await _run_state(machine.states[name], data, frame)
    return data


async def _run_state(state: State, data: Any, frame: Frame) -> tuple[Any, str | None]:
    entered = frame.cursor.add(
        f"{state.kind}StateEntered",
        {"stateEnteredEventDetails": {"name": state.name, "input": compact_json(data), "inputDetails": UNTRUNCATED}},
    )
    frame.context["State"] = {"EnteredTime": iso_time(datetime.now(UTC)), "Name": state.name, "RetryCount": 0}
    try:
        output, assigned, following = await _with_rules(state, data, frame, entered)
    except asyncio.CancelledError:
        if state.kind in (Kind.TASK, Kind.PARALLEL, Kind.MAP, Kind.WAIT):
            frame.cursor.add(f"{state.kind}StateAborted")
        raise
    frame.assign(assigned)
    details: dict[str, Any] = {"name": state.name, "output": compact_json(output), "outputDetails": UNTRUNCATED}
    if assigned:
        details["assignedVariables"] = {name: compact_json(value) for name, value in assigned.items()}
        details["assignedVariablesDetails"] = UNTRUNCATED
    frame.cursor.add(f"{state.kind}StateExited", {"stateExitedEventDetails": details})
    return output, following


async def _with_rules(state: State, data: Any, frame: Frame, entered: int) -> tuple[Any, dict[str, Any], str | None]:
    scope = Scope(input=data, context=frame.context, variables=frame.variables)
    retries = _Retries(state.retriers)
    while True:
        try:
            return await _attempt(state, scope, frame)
        except StatesError as failure:
            error = _located(failure, state, entered)
            if error.name == QUERY:
                details = {"error": error.name, "cause": error.cause, "state": state.name}
                frame.cursor.add("EvaluationFailed", {"evaluationFailedEventDetails": details})
            delay = retries.delay(error)
            if delay is not None:
                await asyncio.sleep(delay)
                frame.context["State"]["RetryCount"] += 1
                continue
            if state.kind in (Kind.PARALLEL, Kind.MAP):
                frame.cursor.add(f"{state.kind}StateFailed")
            catcher = next((rule for rule in state.catchers if matches(error, rule.errors)), None)
            if catcher is None:
                raise error from failure
            return _caught(state, catcher, replace(scope, error=error.output))


async def _attempt(state: State, scope: Scope, frame: Frame) -> tuple[Any, dict[str, Any], str | None]:
    language = LANGUAGES[state.language]
    outcome = await frame.run.behaviours[state.kind](state, scope, frame)
    scope = replace(scope, result=outcome.result)
    effective = scope if outcome.result is not UNSET else replace(scope, input=language.arguments(state, scope))
    if outcome.rule is not None and "Output" in outcome.rule:
        output = language.template(outcome.rule["Output"], scope, field="Output")
    else:
        output = language.output(state, scope)
    assigned = language.assigned(state.fields if outcome.rule is None else outcome.rule, effective)
    check_size(output, f"The state/task '{state.name}' returned a result")
    return output, assigned, outcome.next if outcome.next is not None else state.next


def _caught(state: State, catcher: Catcher, scope: Scope) -> tuple[Any, dict[str, Any], str | None]:
    language = LANGUAGES[state.language]
    return language.caught(catcher.fields, scope), language.assigned(catcher.fields, scope), catcher.next


def check_size(value: Any, what: str) -> None:
    """Hold the limit on payloads.

    :raises StatesError: States.DataLimitExceeded.
    """
    if len(compact_json(value).encode()) > PAYLOAD_LIMIT:
        raise StatesError(DATA_LIMIT, f"{what} with a size exceeding the maximum number of bytes service limit.")


def _located(error: StatesError, state: State, entered: int) -> StatesError:
    if not error.located:
        return error
    where = f"An error occurred while executing the state '{state.name}' (entered at the event id #{entered})."
    return StatesError(error.name, f"{where} {error.cause}", located=False)


class _Retries:
    """How often each Retry rule of a state was used."""

    def __init__(self, retriers: tuple[Retrier, ...]) -> None:
        self._retriers = retriers
        self._used = [0] * len(retriers)

    def delay(self, error: StatesError) -> float | None:
        """Seconds to wait before the state is tried again, or None when it isn't."""
        for index, rule in enumerate(self._retriers):
            if matches(error, rule.errors):
                used = self._used[index]
                if used >= rule.attempts:
                    return None
                self._used[index] += 1
                delay = _backoff(rule, used)
                return random.uniform(0, delay) if rule.jitter else delay  # noqa: S311 - no secret
        return None


def _backoff(rule: Retrier, used: int) -> float:
    longest = rule.longest if rule.longest is not None else float("inf")
    try:
        return min(float(rule.interval * rule.rate**used), longest)
    except OverflowError:
        return longest
