"""The optimized integrations, each with its own ways.

Their errors are named `<Service>.<error of the API>`, and `<Service>.<the service's base exception>` for one that the
API's model doesn't have (throttling, for instance): both were seen from Batch, in
https://github.com/ASFHyP3/hyp3/pull/805 (Batch.ServerException) and https://github.com/ASFHyP3/hyp3/issues/911
(Batch.AWSBatchException). The other services' names follow the same rule and are unverified.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_aws.stepfunctions.errors import TASK_FAILED, StatesError
from local_aws.stepfunctions.integrations.polling import polled
from local_aws.stepfunctions.integrations.task import Integration, Task, modelled_error
from local_aws.stepfunctions.resources import Pattern, operation_model
from local_aws.stepfunctions.shapes import compact_json, to_result

ABORTED = "The Task state in AWS Step Functions execution [{arn}] which was managing this resource was aborted"
"""The reason AWS gives the job. Source: https://stackoverflow.com/questions/45596276"""


class Optimized(Integration):
    """A service under the name its errors carry.

    :param prefix: what its error names start with.
    :param product: the service in a cause, and the base of its exceptions.
    """

    def __init__(self, *, prefix: str, product: str, texts: bool = False) -> None:
        self._prefix = prefix
        self._product = product
        self.texts = texts

    def error(self, error: ClientError, task: Task) -> StatesError:
        """The API's error where its model has it, else the service's base exception."""
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        metadata = error.response["ResponseMetadata"]
        cause = (
            f"{message} (Service: {self._product}; Status Code: {metadata['HTTPStatusCode']}; Error Code: {code}; "
            f"Request ID: {metadata.get('RequestId')}; Proxy: null)"
        )
        name = modelled_error(task, code) or self._product
        return StatesError(f"{self._prefix}.{name.removesuffix('Exception')}Exception", cause)


class BatchJob(Optimized):
    """`batch:submitJob`: `.sync` waits for the job, and terminates it when nobody does any more.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
    """

    def prepared(self, task: Task) -> Any:
        """The payload; with `.sync` the job's environment says that Step Functions started it.

        A job that isn't of the plain container kind takes no ContainerOverrides, so it can't be told.
        """
        payload = task.payload
        other = {"EcsPropertiesOverride", "EksPropertiesOverride", "NodeOverrides"}
        if task.resource.pattern is not Pattern.SYNC or not isinstance(payload, dict) or other & set(payload):
            return payload
        overrides = payload.get("ContainerOverrides") or {}
        managed = {"Name": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
        environment = [*(overrides.get("Environment") or ()), managed]
        return {**payload, "ContainerOverrides": {**overrides, "Environment": environment}}

    async def ended(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The description of a job that succeeded; States.TaskFailed with it as the cause of one that failed."""
        job = await task.frame.run.engine.batch_jobs.ended(answer["jobId"], region=task.region)
        shape = operation_model("batch", "describeJobs").output_shape
        (described,) = to_result(shape, {"jobs": [job]})["Jobs"]
        if job["status"] == "FAILED":
            raise StatesError(TASK_FAILED, compact_json(described))
        return described

    def stopped(self, answer: Mapping[str, Any], task: Task) -> Coroutine[Any, Any, None]:
        """Terminate the job."""
        request = {"jobId": answer["jobId"], "reason": ABORTED.format(arn=task.frame.run.arn)}
        return best_effort(task, "batch", "TerminateJob", request)


class ChildExecution(Optimized):
    """`states:startExecution`: `.sync` waits for the execution, `.sync:2` also reads its output as JSON.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """

    def prepared(self, task: Task) -> Any:
        """The payload without what only the console reads."""
        if not isinstance(task.payload, dict):
            return task.payload
        return {name: value for name, value in task.payload.items() if name != "AssociateWithParent"}

    async def ended(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The description of an execution that succeeded; States.TaskFailed with it as the cause of any other."""
        request = {"executionArn": answer["executionArn"]}
        found = await polled(
            task, "stepfunctions", "DescribeExecution", request, ended=lambda answer: answer["status"] != "RUNNING"
        )
        described = to_result(operation_model("stepfunctions", "describeExecution").output_shape, found)
        if task.resource.pattern is Pattern.SYNC2:
            texts = {name: json.loads(described[name]) for name in ("Input", "Output") if name in described}
            described = {**described, **texts}
        if found["status"] != "SUCCEEDED":
            raise StatesError(TASK_FAILED, compact_json(described))
        return described

    def stopped(self, answer: Mapping[str, Any], task: Task) -> Coroutine[Any, Any, None]:
        """Stop the execution."""
        request = {"executionArn": answer["executionArn"], "cause": ABORTED.format(arn=task.frame.run.arn)}
        return best_effort(task, "stepfunctions", "StopExecution", request)


class EventsPut(Optimized):
    """`events:putEvents`: an entry that isn't accepted fails the task.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    """

    def result(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The answer; EventBridge.FailedEntry when an entry failed."""
        result = super().result(answer, task)
        if answer.get("FailedEntryCount"):
            raise StatesError("EventBridge.FailedEntry", compact_json(result))
        return result


async def best_effort(task: Task, service: str, operation: str, request: Mapping[str, Any]) -> None:
    """Call an operation; a refusal means there is nothing left to do."""
    try:
        await task.frame.run.engine.aws.call(service, operation, request, region=task.region)
    except ClientError:
        return  # it has ended by itself
