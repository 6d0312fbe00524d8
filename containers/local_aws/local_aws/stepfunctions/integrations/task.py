"""One Task's call: its events in the history, its errors by their names, its end when aborted."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.stepfunctions.errors import HEARTBEAT_TIMEOUT, RUNTIME, StatesError
from local_aws.stepfunctions.history import UNTRUNCATED
from local_aws.stepfunctions.interpreter import Frame, check_size
from local_aws.stepfunctions.resources import Pattern, Resource
from local_aws.stepfunctions.shapes import compact_json, to_request, to_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A Task state about to be performed; seconds throughout."""

    resource: Resource
    payload: Any
    frame: Frame
    token: str | None
    timeout: int | None
    heartbeat: int | None

    @property
    def region(self) -> str:
        """The region of the execution."""
        return self.frame.run.region


class Integration:
    """How Step Functions calls an operation; the services' own ways are subclasses.

    :cvar texts: whether an object in a text's place is sent as JSON.
    """

    texts = False

    def prepared(self, task: Task) -> Any:
        """The payload as it is sent (and as the history shows it)."""
        return task.payload

    def result(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The task's result when nothing more is waited for."""
        result = to_result(task.resource.operation.output_shape, answer)
        metadata = answer.get("ResponseMetadata", {})
        return {
            **result,
            "SdkHttpMetadata": {"HttpStatusCode": metadata.get("HTTPStatusCode")},
            "SdkResponseMetadata": {"RequestId": metadata.get("RequestId")},
        }

    def error(self, error: ClientError, task: Task) -> StatesError:
        """The error of a refused call."""
        raise NotImplementedError

    async def ended(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The result once what was started has ended (`.sync`)."""
        raise NotImplementedError

    def stopped(self, answer: Mapping[str, Any], task: Task) -> Coroutine[Any, Any, None]:
        """What ends the thing that was started when nobody waits for it any more (`.sync`)."""
        raise NotImplementedError


def modelled_error(task: Task, code: str) -> str | None:
    """The name that the API's model has for an error code, or None for an error that isn't in it."""
    for shape in task.resource.operation.service_model.error_shapes:
        if code in (shape.name, shape.metadata.get("error", {}).get("code")):
            return str(shape.name)
    return None


async def perform(task: Task, integration: Integration) -> Any:
    """The task's result, with its events recorded.

    :raises StatesError: as the integration names what went wrong.
    """
    payload = integration.prepared(task)
    request = to_request(task.resource.operation.input_shape, payload, texts=integration.texts)
    _record_start(task, payload)
    try:
        answer = await _call(task, integration, request)
    except StatesError as error:
        _record_failure(task, error, "TaskFailed" if task.resource.pattern is Pattern.REQUEST else "TaskSubmitFailed")
        raise
    try:
        result = await _awaited(task, integration, answer)
        check_size(result, f"The state/task '{task.resource.resource_type}' returned a result")
    except StatesError as error:
        if error.name == HEARTBEAT_TIMEOUT:
            record_timeout(task, error.name)
        else:
            _record_failure(task, error, "TaskFailed")
        raise
    _record(task, "TaskSucceeded", output=compact_json(result), outputDetails=UNTRUNCATED)
    return result


async def _call(task: Task, integration: Integration, request: Mapping[str, Any]) -> Mapping[str, Any]:
    engine, model = task.frame.run.engine, task.resource.operation
    call = asyncio.ensure_future(
        engine.aws.call(model.service_model.service_name, model.name, request, region=task.region)
    )
    try:
        answer: Mapping[str, Any] = await asyncio.shield(call)
    except ClientError as error:
        raise integration.error(error, task) from error
    except BotoCoreError as error:
        raise StatesError(RUNTIME, str(error)) from error
    except asyncio.CancelledError:
        if task.resource.pattern in (Pattern.SYNC, Pattern.SYNC2):
            engine.background(_stop_when_started(call, task, integration))
        raise
    return answer


async def _stop_when_started(call: asyncio.Future[Any], task: Task, integration: Integration) -> None:
    """The call can't be taken back any more: end what it started."""
    try:
        answer = await call
    except (ClientError, BotoCoreError):
        return
    await integration.stopped(answer, task)


async def _awaited(task: Task, integration: Integration, answer: Mapping[str, Any]) -> Any:
    if task.resource.pattern is Pattern.REQUEST:
        return integration.result(answer, task)
    submitted = compact_json(integration.result(answer, task))
    _record(task, "TaskSubmitted", output=submitted, outputDetails=UNTRUNCATED)
    if task.token is not None:
        return await task.frame.run.engine.tokens.wait(task.token, heartbeat=task.heartbeat)
    try:
        return await integration.ended(answer, task)
    except asyncio.CancelledError:
        task.frame.run.engine.background(integration.stopped(answer, task))
        raise


def _record_start(task: Task, payload: Any) -> None:
    details: dict[str, Any] = {"region": task.region, "parameters": compact_json(payload)}
    if task.timeout is not None:
        details["timeoutInSeconds"] = task.timeout
    if task.heartbeat is not None:
        details["heartbeatInSeconds"] = task.heartbeat
    _record(task, "TaskScheduled", **details)
    _record(task, "TaskStarted")


def _record_failure(task: Task, error: StatesError, kind: str) -> None:
    _record(task, kind, error=error.name, cause=error.cause)


def record_timeout(task: Task, error: str) -> None:
    """Record that the task took too long."""
    _record(task, "TaskTimedOut", error=error)


def _record(task: Task, kind: str, **details: Any) -> None:
    if task.resource.function is not None:
        _record_function(task, kind.replace("Task", "LambdaFunction"), details)
        return
    service = {"resourceType": task.resource.resource_type, "resource": task.resource.name}
    task.frame.cursor.add(kind, {f"{kind[:1].lower()}{kind[1:]}EventDetails": {**service, **details}})


def _record_function(task: Task, kind: str, details: dict[str, Any]) -> None:
    """A function's ARN as the Resource has events of its own kinds."""
    if kind == "LambdaFunctionScheduled":
        given = {"resource": task.resource.function, "input": compact_json(task.payload), "inputDetails": UNTRUNCATED}
        details = {**given, **{name: value for name, value in details.items() if name == "timeoutInSeconds"}}
    named = {f"{kind[:1].lower()}{kind[1:]}EventDetails": details} if kind != "LambdaFunctionStarted" else None
    task.frame.cursor.add(kind, named)
