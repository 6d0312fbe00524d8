"""Resource ARNs of Task states: which service and action, how it is waited for, and whether that is possible here."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import botocore.session
from botocore.model import OperationModel

from local_aws.stepfunctions.errors import Problem
from local_aws.stepfunctions.machine import QueryLanguage
from local_aws.stepfunctions.shapes import pascal


class Pattern(StrEnum):
    """How a Task waits for the service it calls; the values are what follows the action in the ARN."""

    REQUEST = ""
    SYNC = ".sync"
    SYNC2 = ".sync:2"
    CALLBACK = ".waitForTaskToken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A Task's Resource: `service` and `action` as in the ARN, `sdk` for `aws-sdk:` ones; a function is lambda/invoke.

    :param function: the function's ARN where the Resource is one.
    """

    service: str
    action: str
    pattern: Pattern = Pattern.REQUEST
    sdk: bool = False
    function: str | None = None

    @property
    def resource_type(self) -> str:
        """`resourceType` of the history's events."""
        return f"aws-sdk:{self.service}" if self.sdk else self.service

    @property
    def name(self) -> str:
        """`resource` of the history's events."""
        return f"{self.action}{self.pattern}"

    @property
    def operation(self) -> OperationModel:
        """The API operation behind it. KeyError when there is none."""
        return operation_model(boto_service(self.service), self.action)


OPTIMIZED: Mapping[tuple[str, str], tuple[Pattern, ...]] = {
    ("batch", "submitJob"): (Pattern.REQUEST, Pattern.SYNC),
    ("lambda", "invoke"): (Pattern.REQUEST, Pattern.CALLBACK),
    ("sns", "publish"): (Pattern.REQUEST, Pattern.CALLBACK),
    ("sqs", "sendMessage"): (Pattern.REQUEST, Pattern.CALLBACK),
    ("states", "startExecution"): (Pattern.REQUEST, Pattern.SYNC, Pattern.SYNC2, Pattern.CALLBACK),
    ("events", "putEvents"): (Pattern.REQUEST, Pattern.CALLBACK),
    ("dynamodb", "getItem"): (Pattern.REQUEST,),
    ("dynamodb", "putItem"): (Pattern.REQUEST,),
    ("dynamodb", "updateItem"): (Pattern.REQUEST,),
    ("dynamodb", "deleteItem"): (Pattern.REQUEST,),
    ("ecs", "runTask"): (Pattern.REQUEST, Pattern.SYNC, Pattern.CALLBACK),
    ("glue", "startJobRun"): (Pattern.REQUEST, Pattern.SYNC),
}
"""The optimized integrations that run here, with their patterns.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
"""

_SERVICE = re.compile(
    r"arn:aws[\w-]*:states:[\w-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)(?P<pattern>\.[\w:]+)?"
)
_FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
_BOTO_NAMES = {
    "states": "stepfunctions", "sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events",
    "elasticloadbalancingv2": "elbv2", "cognitoidentityprovider": "cognito-idp", "sesv2": "sesv2",
}  # fmt: skip


def parse_resource(arn: str) -> Resource | None:
    """The resource of an ARN, or None for something else."""
    if _FUNCTION.fullmatch(arn):
        return Resource(service="lambda", action="invoke", function=arn)
    found = _SERVICE.fullmatch(arn)
    if found is None or (found["pattern"] or "") not in list(Pattern):
        return None
    return Resource(
        service=found["service"],
        action=found["action"],
        pattern=Pattern(found["pattern"] or ""),
        sdk=found["sdk"] is not None,
    )


def known_resource(arn: str) -> Resource:
    """The resource of an ARN that the definition's check let pass. KeyError for any other."""
    resource = parse_resource(arn)
    if resource is None:
        raise KeyError(arn)
    return resource


def boto_service(service: str) -> str:
    """botocore's name of a service; Step Functions uses those of the Java SDK."""
    return _BOTO_NAMES.get(service, service)


@functools.lru_cache(maxsize=256)
def operation_model(service: str, action: str) -> OperationModel:
    """The model of an operation from botocore's name of the service and the action in camelCase.

    :raises KeyError: when there is no such service or operation.
    """
    try:
        model = botocore.session.get_session().get_service_model(service)
        return model.operation_model(f"{action[:1].upper()}{action[1:]}")
    except Exception as error:
        raise KeyError(f"{service}:{action}") from error


def resource_problem(state: Mapping[str, Any], language: QueryLanguage, where: str) -> list[Problem]:
    """Why a Task's Resource can't be called, or which of its argument fields the operation doesn't have."""
    arn = state["Resource"]
    resource = parse_resource(arn)
    if resource is None:
        return [_invalid(f"The resource provided {arn} is not a function or service that can be called here", where)]
    if resource.sdk:
        allowed: tuple[Pattern, ...] = (Pattern.REQUEST, Pattern.CALLBACK)
    else:
        allowed = OPTIMIZED.get((resource.service, resource.action), ())
    if resource.pattern not in allowed:
        return [_invalid(f"The resource provided {arn} is not supported by the local AWS", where)]
    try:
        shape = resource.operation.input_shape
    except KeyError:
        return [_invalid(f"The resource provided {arn} names no action of {resource.service}", where)]
    if resource.function is not None or shape is None:
        return []
    field = "Arguments" if language is QueryLanguage.JSONATA else "Parameters"
    given = state.get(field)
    if not isinstance(given, dict):
        return []
    known = {pascal(name) for name in shape.members} | {"AssociateWithParent", "TraceHeader"}
    return [
        Problem(
            code="SCHEMA_VALIDATION_FAILED",
            message=f"The field '{name}' is not supported by Step Functions",
            location=f"{where}/{field}/{name}",
        )
        for name in given
        if name.removesuffix(".$") not in known
    ]


def _invalid(message: str, where: str) -> Problem:
    return Problem(code="INVALID_RESOURCE", message=message, location=f"{where}/Resource")
