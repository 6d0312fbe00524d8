"""Waiting for what ends some time: asked often at first, then ever more seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.stepfunctions.integrations.task import Task

_SOONEST, _LATEST = 0.05, 2.0


async def polled(
    task: Task, service: str, operation: str, request: Mapping[str, Any], *, ended: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    """The first answer of an operation for which `ended` is true."""
    delay = _SOONEST
    while True:
        await asyncio.sleep(delay)
        answer: Mapping[str, Any] = await task.frame.run.engine.aws.poll(
            service, operation, request, region=task.region
        )
        if ended(answer):
            return answer
        delay = min(delay * 1.5, _LATEST)
