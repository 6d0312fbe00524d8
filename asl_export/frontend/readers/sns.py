"""`SnsPublishOperator`: a message to a topic.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from asl_export.frontend.readers.aws import AWS_SETTINGS, invalid, request_of, text
from asl_export.frontend.readers.reading import CallReading
from asl_export.frontend.settings import HONOURED, Setting
from asl_export.frontend.template_scope import Scope
from asl_export.ir.values import (
    RETURN_VALUE,
    VALUE_TYPES,
    Call,
    Document,
    Format,
    Function,
    Kind,
    Literal,
    TaskResult,
    Value,
    kind_of,
)

_FIELDS = {
    "TargetArn": "target_arn",
    "Message": "message",
    "Subject": "subject",
    "MessageAttributes": "message_attributes",
    "MessageDeduplicationId": "message_deduplication_id",
    "MessageGroupId": "message_group_id",
}
SNS_SETTINGS: Mapping[str, Setting] = {**AWS_SETTINGS, **dict.fromkeys(_FIELDS.values(), HONOURED)}

MESSAGE_RESULT = TaskResult(kind=Kind.OBJECT, parts={RETURN_VALUE: {"MessageId": Kind.TEXT}})
"""What a message's sender may say of it: the rest of the answer is boto3's own, or not always there."""


def message_result(attributes: Mapping[str, Any]) -> TaskResult:
    """What others may read of a message that was sent."""
    del attributes
    return MESSAGE_RESULT


def read_sns(attributes: Mapping[str, Document], scope: Scope) -> CallReading:
    """The message of an operator's attributes.

    Airflow sends it as the default of all protocols, which is what a plain message is.

    :raises RefusalError: for a subject that SNS doesn't take, or an attribute whose type it doesn't have.
    """
    del scope
    arguments = request_of(attributes, _FIELDS)
    arguments["Message"] = text("message", arguments.get("Message"))
    if "Subject" in arguments:
        arguments["Subject"] = _subject(text("subject", arguments["Subject"]))
    given = arguments.pop("MessageAttributes", None)
    if isinstance(given, VALUE_TYPES) or not isinstance(given, Mapping | None):
        raise invalid(
            "message_attributes",
            "message_attributes must be a mapping when the DAG is parsed",
            why="the machine has to know the types of the attributes",
        )
    if given:
        arguments["MessageAttributes"] = {name: _attribute(name, value) for name, value in given.items()}
    return CallReading(resource="arn:aws:states:::sns:publish", arguments=arguments, fields=_FIELDS, output=())


def _subject(value: Value) -> Value:
    """A subject, as far as it is known.

    Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    parts = value.parts if isinstance(value, Format) else (value,)
    known = "".join(str(part.value) for part in parts if isinstance(part, Literal))
    broken = any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in known)
    if broken or len(known) > _LONGEST_SUBJECT:
        what = "holds line breaks or control characters" if broken else f"has {len(known):,} characters"
        raise invalid(
            "subject",
            f"subject {what}",
            why=f"SNS takes a line of at most {_LONGEST_SUBJECT} characters",
            fix="shorten it, or say it in the message",
        )
    return value


_LONGEST_SUBJECT = 100


def _attribute(name: str, value: Document) -> Document:
    """An attribute with the type that Airflow gives it.

    Source: airflow.providers.amazon.aws.hooks.sns, _get_message_attribute
    """
    match value:
        case Literal(value=str()):
            return _typed("String", value)
        case Literal(value=int() | float() as number) if not isinstance(number, bool):
            return _typed("Number", Literal(value=str(number)))
        case list() if all(isinstance(item, Literal | None) for item in value):
            items = [item.value if isinstance(item, Literal) else None for item in value]
            return _typed("String.Array", Literal(value=json.dumps(items)))
        case _ if isinstance(value, VALUE_TYPES) and kind_of(value) in (Kind.TEXT, Kind.DATE):
            return _typed("String", value)
        case _ if isinstance(value, VALUE_TYPES) and kind_of(value) is Kind.INTEGER:
            return _typed("Number", Call(function=Function.STRING, arguments=(value,), kind=Kind.TEXT))
        case _:
            raise invalid(
                f"message_attributes[{name!r}]",
                f"the type of the message attribute {name!r} isn't known to be one of SNS",
                why="an attribute is a text, a number or a list of constants; Airflow tells from its type which",
                fix="give it as a template, which makes a text",
            )


def _typed(kind: str, value: Document) -> Document:
    return {"DataType": Literal(value=kind), "StringValue": value}
