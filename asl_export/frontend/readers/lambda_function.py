"""`LambdaInvokeFunctionOperator`: a call of a function.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.frontend.readers.aws import AWS_SETTINGS, request_of
from asl_export.frontend.readers.json_text import json_document
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import Document, Kind, Literal, TaskResult

LAMBDA_SETTINGS: Mapping[str, Setting] = {
    **AWS_SETTINGS,
    "function_name": HONOURED,
    "payload": HONOURED,
    "qualifier": HONOURED,
    "invocation_type": HONOURED,
    "client_context": HONOURED,
    # What of the function's log Airflow's log shows.
    "log_type": HARMLESS,
    "keep_empty_log_lines": HARMLESS,
}
_FIELDS = {
    "FunctionName": "function_name",
    "Qualifier": "qualifier",
    "InvocationType": "invocation_type",
    "ClientContext": "client_context",
    "Payload": "payload",
}
_ANSWERED = "RequestResponse"


def lambda_result(attributes: Mapping[str, Any]) -> TaskResult | None:
    """The JSON text that the function answers, if it is waited for."""
    waited = attributes.get("invocation_type") in (None, _ANSWERED)
    return TaskResult(kind=Kind.ANY, json_text=True) if waited else None


def read_lambda(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The call of an operator's attributes.

    :raises RefusalError: for a payload that is no JSON.
    """
    del scope
    arguments = request_of(attributes, _FIELDS)
    if "Payload" in arguments:
        arguments["Payload"] = json_document("payload", arguments["Payload"])
    waited = arguments.get("InvocationType") in (None, Literal(value=_ANSWERED))
    return CallReading(
        resource="arn:aws:states:::lambda:invoke",
        arguments=arguments,
        fields=_FIELDS,
        output=("Payload",) if waited else None,
    )
