"""Task: a call to a service, waited for as its Resource says, within its time."""

from __future__ import annotations

import asyncio
from typing import Any

from local_aws.stepfunctions.errors import TIMEOUT, StatesError
from local_aws.stepfunctions.integrations.table import integration_for
from local_aws.stepfunctions.integrations.task import Task, perform, record_timeout
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame, Outcome, check_size
from local_aws.stepfunctions.language.scope import Language, Scope
from local_aws.stepfunctions.machine import State
from local_aws.stepfunctions.resources import Pattern, Resource, known_resource


async def run_task(state: State, scope: Scope, frame: Frame) -> Outcome:
    """The service's answer, in PascalCase.

    :raises StatesError: what the service answered, States.TaskFailed for what failed there, States.Timeout.
    """
    resource = known_resource(state.fields["Resource"])
    tokens = frame.run.engine.tokens
    token = tokens.issue() if resource.pattern is Pattern.CALLBACK else None
    try:
        task = _task(state, scope, frame, resource, token)
        check_size(task.payload, f"The payload of the task '{state.name}' was computed")
        return await _performed(task, resource)
    finally:
        if token is not None:
            tokens.forget(token)


def _task(state: State, scope: Scope, frame: Frame, resource: Resource, token: str | None) -> Task:
    language = LANGUAGES[state.language]
    if token is not None:
        frame.context["Task"] = {"Token": token}
    try:
        return Task(
            resource=resource,
            payload=language.arguments(state, scope),
            frame=frame,
            token=token,
            timeout=_seconds(language, state, scope, "TimeoutSeconds"),
            heartbeat=_seconds(language, state, scope, "HeartbeatSeconds"),
        )
    finally:
        frame.context.pop("Task", None)


async def _performed(task: Task, resource: Resource) -> Outcome:
    try:
        async with asyncio.timeout(task.timeout) as limit:
            return Outcome(result=await perform(task, integration_for(resource)))
    except TimeoutError:
        if not limit.expired():
            raise
        record_timeout(task, TIMEOUT)
        raise StatesError(TIMEOUT, "") from None


def _seconds(language: Language, state: State, scope: Scope, name: str) -> int | None:
    value: Any = language.value(state.fields, name, scope)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise StatesError(language.misfit, f"The value of {name} must be a positive integer, not {value!r}")
