"""The states that call nothing: Pass, Choice, Wait, Succeed and Fail."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from local_aws.stepfunctions.errors import NO_CHOICE, RUNTIME, StatesError
from local_aws.stepfunctions.fields import LONGEST
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame, Outcome
from local_aws.stepfunctions.language.choice import timestamp
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import QueryLanguage, State

LONGEST_WAIT = 2**31 - 1
"""Seconds until a Timestamp: beyond them AWS answers "Wait state delay is too long"."""


async def do_pass(state: State, scope: Scope, _: Frame) -> Outcome:
    """In JSONPath the Result or the shaped input; in JSONata the Output says all."""
    if state.language is QueryLanguage.JSONATA:
        return Outcome()
    if "Result" in state.fields:
        return Outcome(result=state.fields["Result"])
    return Outcome(result=LANGUAGES[state.language].arguments(state, scope))


async def choose(state: State, scope: Scope, _: Frame) -> Outcome:
    """Go where the first rule that applies says, or to Default.

    :raises StatesError: States.NoChoiceMatched when there is neither.
    """
    language = LANGUAGES[state.language]
    effective = replace(scope, input=language.arguments(state, scope))
    for rule in state.fields["Choices"]:
        if language.chosen(rule, effective):
            return Outcome(next=rule["Next"], rule=rule)
    if "Default" not in state.fields:
        raise StatesError(
            NO_CHOICE, f"No Choice rule of '{state.name}' matched its input and the state has no Default."
        )
    return Outcome(next=state.fields["Default"])


async def wait(state: State, scope: Scope, _: Frame) -> Outcome:
    """Wait for Seconds, or until Timestamp.

    :raises StatesError: States.QueryEvaluationError (in JSONPath States.Runtime) when they can't be waited for.
    """
    language = LANGUAGES[state.language]
    effective = replace(scope, input=language.arguments(state, scope))
    seconds = language.value(state.fields, "Seconds", effective)
    if seconds is None:
        moment = language.value(state.fields, "Timestamp", effective)
        until = timestamp(moment)
        if until is None:
            raise StatesError(
                language.misfit,
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: "
                f"{moment}",
            )
        seconds = (until - datetime.now(UTC)).total_seconds()
    elif isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= LONGEST:
        raise StatesError(
            language.misfit, f"The value of Seconds must be an integer from 0 to {LONGEST}, not {seconds!r}"
        )
    if seconds > LONGEST_WAIT:
        raise StatesError(RUNTIME, "Wait state delay is too long.")
    await asyncio.sleep(max(0, seconds))
    return Outcome()


async def succeed(*_: State | Scope | Frame) -> Outcome:
    """Nothing: the output is all there is to it."""
    return Outcome()


async def fail(state: State, scope: Scope, _: Frame) -> Outcome:
    """Fail with the state's Error and Cause."""
    raise StatesError(_text(state, scope, "Error"), _text(state, scope, "Cause"), located=False)


def _text(state: State, scope: Scope, name: str) -> str:
    language = LANGUAGES[state.language]
    value: Any = language.value(state.fields, name, scope)
    if value is not None and not isinstance(value, str):
        raise StatesError(language.misfit, f"The value of {name} must be a text, not {value!r}")
    return value or ""
