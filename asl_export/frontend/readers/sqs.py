"""`SqsPublishOperator`: a message to a queue.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
"""

from __future__ import annotations

from collections.abc import Mapping

from asl_export.frontend.readers.aws import AWS_SETTINGS, invalid, request_of, text
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import VALUE_TYPES, Document, Kind, kind_of

_FIELDS = {
    "QueueUrl": "sqs_queue",
    "MessageBody": "message_content",
    "DelaySeconds": "delay_seconds",
    "MessageAttributes": "message_attributes",
    "MessageDeduplicationId": "message_deduplication_id",
    "MessageGroupId": "message_group_id",
}
SQS_SETTINGS: Mapping[str, Setting] = {**AWS_SETTINGS, **dict.fromkeys(_FIELDS.values(), HONOURED)}


def read_sqs(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The message of an operator's attributes; like Airflow it always says the delay, which a queue's own would be.

    :raises RefusalError: for a delay that is a text, which Airflow doesn't send.
    """
    del scope
    arguments = request_of(attributes, _FIELDS)
    arguments["MessageBody"] = text("message_content", arguments.get("MessageBody"))
    delay = arguments.get("DelaySeconds")
    if not isinstance(delay, VALUE_TYPES) or kind_of(delay) not in (Kind.INTEGER, Kind.ANY):
        raise invalid(
            "delay_seconds",
            "delay_seconds must be a whole number",
            why="a template gives a text, with which Airflow fails",
            fix="give the number as it is, or as a task's output",
        )
    if arguments["MessageAttributes"] == {}:
        del arguments["MessageAttributes"]
    return CallReading(resource="arn:aws:states:::sqs:sendMessage", arguments=arguments, fields=_FIELDS, output=())
