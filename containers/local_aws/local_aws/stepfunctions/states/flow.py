"""The states that call nothing: Pass, Choice, Wait, Succeed and Fail."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from local_aws.stepfunctions.errors import NO_CHOICE, RUNTIME, StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame, Outcome
from local_aws.stepfunctions.language.choice import timestamp
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import QueryLanguage, State


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
    for rule in state.fields["Choices"]:
        if language.chosen(rule, scope):
            return Outcome(next=rule["Next"], rule=rule)
    if "Default" not in state.fields:
        raise StatesError(
            NO_CHOICE, f"No Choice rule of '{state.name}' matched its input and the state has no Default."
        )
    return Outcome(next=state.fields["Default"])


async def wait(state: State, scope: Scope, _: Frame) -> Outcome:
    """Wait for Seconds, or until Timestamp."""
    language = LANGUAGES[state.language]
    seconds = language.value(state.fields, "Seconds", scope)
    if seconds is None:
        moment = language.value(state.fields, "Timestamp", scope)
        until = timestamp(moment)
        if until is None:
            raise StatesError(
                RUNTIME, f"The value of Timestamp must be a timestamp such as 2024-01-01T00:00:00Z, not {moment!r}"
            )
        seconds = (until - datetime.now(UTC)).total_seconds()
    elif isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise StatesError(RUNTIME, f"The value of Seconds must be a number that is not negative, not {seconds!r}")
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
        raise StatesError(RUNTIME, f"The value of {name} must be a text, not {value!r}")
    return value or ""
