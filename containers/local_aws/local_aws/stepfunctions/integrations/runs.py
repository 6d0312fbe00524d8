"""ECS tasks and Glue job runs, waited for with `.sync`. What moto has of them runs no program: they end, and succeed.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html and connect-glue.html
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any

from local_aws.stepfunctions.errors import RUNTIME, TASK_FAILED, StatesError
from local_aws.stepfunctions.integrations.optimized import ABORTED, Optimized, best_effort
from local_aws.stepfunctions.integrations.polling import polled
from local_aws.stepfunctions.integrations.task import Task
from local_aws.stepfunctions.resources import Pattern, operation_model
from local_aws.stepfunctions.shapes import compact_json, to_result

STARTED_BY = "AWS Step Functions"
_GLUE_ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED")


class EcsTask(Optimized):
    """`ecs:runTask`: `.sync` waits for the one task it starts, and stops it when nobody does any more."""

    def prepared(self, task: Task) -> Any:
        """The payload; with `.sync` the task says who started it.

        :raises StatesError: States.Runtime for more than one task, whose result with `.sync` isn't known here.
        """
        payload = task.payload
        if task.resource.pattern is not Pattern.SYNC or not isinstance(payload, dict):
            return payload
        if payload.get("Count", 1) != 1:
            raise StatesError(RUNTIME, "The local AWS waits for one task of ecs:runTask.sync; leave Count at 1")
        return {**payload, "StartedBy": payload.get("StartedBy", STARTED_BY)}

    async def ended(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The description of a task whose containers all exited with 0.

        :raises StatesError: States.TaskFailed, with the description as its cause, for any other.
        """
        if not answer["tasks"]:
            raise StatesError(TASK_FAILED, compact_json({"Failures": answer.get("failures", [])}))
        started = answer["tasks"][0]
        request = {"cluster": started["clusterArn"], "tasks": [started["taskArn"]]}
        found = await polled(
            task, "ecs", "DescribeTasks", request, ended=lambda answer: answer["tasks"][0]["lastStatus"] == "STOPPED"
        )
        stopped = found["tasks"][0]
        described = _described("ecs", "describeTasks", {"tasks": [stopped]})["Tasks"][0]
        if any(container.get("exitCode") != 0 for container in stopped["containers"]):
            raise StatesError(TASK_FAILED, compact_json(described))
        return described

    def stopped(self, answer: Mapping[str, Any], task: Task) -> Coroutine[Any, Any, None]:
        """Stop the task."""
        started = answer["tasks"][0]
        reason = ABORTED.format(arn=task.frame.run.arn)
        request = {"cluster": started["clusterArn"], "task": started["taskArn"], "reason": reason}
        return best_effort(task, "ecs", "StopTask", request)


class GlueRun(Optimized):
    """`glue:startJobRun`: `.sync` waits for the run, and stops it when nobody does any more."""

    async def ended(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The description of a run that succeeded; States.TaskFailed with it as the cause of any other."""
        request = {"JobName": task.payload["JobName"], "RunId": answer["JobRunId"]}
        found = await polled(
            task, "glue", "GetJobRun", request, ended=lambda answer: answer["JobRun"]["JobRunState"] in _GLUE_ENDED
        )
        described = _described("glue", "getJobRun", found)["JobRun"]
        if described["JobRunState"] != "SUCCEEDED":
            raise StatesError(TASK_FAILED, compact_json(described))
        return described

    def stopped(self, answer: Mapping[str, Any], task: Task) -> Coroutine[Any, Any, None]:
        """Stop the run."""
        request = {"JobName": task.payload["JobName"], "JobRunIds": [answer["JobRunId"]]}
        return best_effort(task, "glue", "BatchStopJobRun", request)


def _described(service: str, operation: str, answer: Mapping[str, Any]) -> Any:
    return to_result(operation_model(service, operation).output_shape, _with_milliseconds(answer))


def _with_milliseconds(value: Any) -> Any:
    """Times as milliseconds since 1970: the way they are in a `.sync` result of these services."""
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {name: _with_milliseconds(inner) for name, inner in value.items()}
    return [_with_milliseconds(item) for item in value] if isinstance(value, list) else value
