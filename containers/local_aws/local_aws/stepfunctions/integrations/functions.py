"""Lambda functions: `lambda:invoke`, and a function's ARN as the Resource.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.stepfunctions.errors import StatesError
from local_aws.stepfunctions.integrations.optimized import Optimized
from local_aws.stepfunctions.integrations.task import Task
from local_aws.stepfunctions.shapes import compact_json


class Invoke(Optimized):
    """An invocation; the function's payload goes in and comes out as JSON."""

    def prepared(self, task: Task) -> Any:
        """The payload; a function's ARN is called with the whole of it."""
        if task.resource.function is not None:
            return {"FunctionName": task.resource.function, "Payload": compact_json(task.payload)}
        if isinstance(task.payload, dict) and "Payload" in task.payload:
            return {**task.payload, "Payload": compact_json(task.payload["Payload"])}
        return task.payload

    def result(self, answer: Mapping[str, Any], task: Task) -> Any:
        """What the function returned, in `Payload`; of a function's ARN nothing else.

        :raises StatesError: named after the error the function raised, with its payload as the cause.
        """
        body = answer["Payload"].read().decode() if "Payload" in answer else ""
        payload = _payload(body)
        if answer.get("FunctionError"):
            kind = payload.get("errorType") if isinstance(payload, dict) else None
            raise StatesError(kind or "Exception", body, located=False)
        if task.resource.function is not None:
            return payload
        return {**super().result({**answer, "Payload": b""}, task), "Payload": payload}


def _payload(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        # A function always answers JSON; moto answers a text when it has no way to run one.
        raise StatesError("Lambda.ServiceException", f"The local AWS could not run the function: {body}") from None
