"""`aws-sdk:<service>:<action>`: any operation of any service that the local AWS has.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_aws.stepfunctions.errors import StatesError
from local_aws.stepfunctions.integrations.task import Integration, Task, modelled_error
from local_aws.stepfunctions.shapes import to_result

_PREFIXES = {
    "dynamodb": "DynamoDb", "cloudwatchlogs": "CloudWatchLogs", "eventbridge": "EventBridge",
    "cloudwatch": "CloudWatch", "secretsmanager": "SecretsManager",
}  # fmt: skip

_BODILESS = {("s3", "headObject", "404"): "NoSuchKey", ("s3", "headBucket", "404"): "NoSuchBucket"}
"""What a HEAD request, whose answer can't say more than its status, is taken for.

As the Java SDK, which Step Functions calls with, does in its ExceptionTranslationInterceptor for S3.
"""


class SdkCall(Integration):
    """An operation as the SDK has it; its errors are `<Service>.<Error>Exception`."""

    def result(self, answer: Mapping[str, Any], task: Task) -> Any:
        """The answer alone, without metadata."""
        return to_result(task.resource.operation.output_shape, answer)

    def error(self, error: ClientError, task: Task) -> StatesError:
        """The API's error where its model has it, else the service's base exception."""
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        metadata = error.response["ResponseMetadata"]
        service = task.resource.service
        prefix = _PREFIXES.get(service, f"{service[:1].upper()}{service[1:]}")
        name = modelled_error(task, _BODILESS.get((service, task.resource.action, code), code)) or prefix
        cause = (
            f"{message} (Service: {prefix}, Status Code: {metadata['HTTPStatusCode']}, "
            f"Request ID: {metadata.get('RequestId')})"
        )
        return StatesError(f"{prefix}.{name.removesuffix('Exception')}Exception", cause)
