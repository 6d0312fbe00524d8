"""`StepFunctionStartExecutionOperator`: an execution of another state machine.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asl_export.frontend.readers.aws import AWS_SETTINGS, request_of, switch
from asl_export.frontend.readers.json_text import json_document
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HARMLESS, HONOURED, Setting, refused, warned
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import VALUE_TYPES, Document, Kind, TaskResult

_FIELDS = {"StateMachineArn": "state_machine_arn", "Name": "name", "Input": "state_machine_input"}
START_EXECUTION_SETTINGS: Mapping[str, Setting] = {
    **AWS_SETTINGS,
    **dict.fromkeys(_FIELDS.values(), HONOURED),
    # The operator waits for the execution's end when it is deferrable, and only then.
    "deferrable": HONOURED,
    "is_redrive_execution": refused(
        "Step Functions' own startExecution starts a new execution", "start a new one", default=False
    ),
    "waiter_delay": HARMLESS,
    "waiter_max_attempts": warned(
        "the exported machine waits for an execution until it ends", "limit with execution_timeout", default=30
    ),
}


def execution_result(attributes: Mapping[str, Any]) -> TaskResult:
    """The execution's ARN."""
    del attributes
    return TaskResult(kind=Kind.TEXT)


def read_start_execution(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The execution of an operator's attributes.

    :raises RefusalError: for an input that is no JSON.
    """
    del scope
    arguments = request_of(attributes, _FIELDS)
    given = arguments.get("Input")
    if given is not None and (isinstance(given, VALUE_TYPES) or not isinstance(given, Mapping)):
        arguments["Input"] = json_document("state_machine_input", given)
    waits = switch("deferrable", attributes.get("deferrable"), default=False)
    return CallReading(
        resource=f"arn:aws:states:::states:startExecution{'.sync:2' if waits else ''}",
        arguments=arguments,
        fields=_FIELDS,
        output=("ExecutionArn",),
    )
