"""Which integration serves which service."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.stepfunctions.integrations.functions import Invoke
from local_aws.stepfunctions.integrations.optimized import BatchJob, ChildExecution, EventsPut, Optimized
from local_aws.stepfunctions.integrations.runs import EcsTask, GlueRun
from local_aws.stepfunctions.integrations.sdk import SdkCall
from local_aws.stepfunctions.integrations.task import Integration
from local_aws.stepfunctions.resources import Resource

_OPTIMIZED: Mapping[str, Integration] = {
    "batch": BatchJob(prefix="Batch", product="AWSBatch"),
    "states": ChildExecution(prefix="StepFunctions", product="AWSStepFunctions", texts=True),
    "lambda": Invoke(prefix="Lambda", product="AWSLambda"),
    "sns": Optimized(prefix="SNS", product="AmazonSNS", texts=True),
    "sqs": Optimized(prefix="SQS", product="AmazonSQS", texts=True),
    "events": EventsPut(prefix="EventBridge", product="AmazonCloudWatchEvents", texts=True),
    "dynamodb": Optimized(prefix="DynamoDB", product="AmazonDynamoDBv2"),
    "ecs": EcsTask(prefix="ECS", product="AmazonECS"),
    "glue": GlueRun(prefix="Glue", product="AWSGlue"),
}
_SDK = SdkCall()


def integration_for(resource: Resource) -> Integration:
    """The integration of a resource that the definition's check let pass."""
    return _SDK if resource.sdk else _OPTIMIZED[resource.service]
