"""Which fields each kind of state may and must have, in each query language, and of what type.

Source: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.stepfunctions.machine import Kind, QueryLanguage


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a field's value may be.

    :param types: the JSON types allowed; empty means any.
    :param smallest: the least number allowed; `largest` likewise.
    :param expression: whether `{% … %}` may stand in its place.
    """

    types: tuple[type, ...] = ()
    required: bool = False
    smallest: float | None = None
    largest: float | None = None
    choices: tuple[str, ...] = ()
    expression: bool = False

    def fault(self, name: str, value: Any) -> str | None:
        """What is wrong with the value, or None."""
        if self.expression and is_expression(value):
            return None
        if self.types and (not isinstance(value, self.types) or isinstance(value, bool) != (bool in self.types)):
            wanted = " or ".join(_TYPE_NAMES[kind] for kind in self.types)
            return f"The value for the field '{name}' must be {wanted}"
        if self.smallest is not None and isinstance(value, int | float) and value < self.smallest:
            return f"The value for the field '{name}' must be at least {self.smallest:g}"
        if self.largest is not None and isinstance(value, int | float) and value > self.largest:
            return f"The value for the field '{name}' must be at most {self.largest}"
        if self.choices and value not in self.choices:
            return f"The value for the field '{name}' must be one of {', '.join(self.choices)}"
        return None


def is_expression(value: Any) -> bool:
    """Whether a value is a JSONata expression: a text that starts with `{%` and ends with `%}`."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


_TYPE_NAMES = {
    str: "STRING", int: "INTEGER", float: "NUMBER", bool: "BOOLEAN", dict: "OBJECT", list: "ARRAY",
    type(None): "null",
}  # fmt: skip

TEXT = Field(types=(str,))
NEEDED_TEXT = Field(types=(str,), required=True)
FLAG = Field(types=(bool,))
OBJECT = Field(types=(dict,))
NEEDED_OBJECT = Field(types=(dict,), required=True)
LIST = Field(types=(list,))
NEEDED_LIST = Field(types=(list,), required=True)
PATH = Field(types=(str, type(None)))
ANY = Field()
LONGEST = 99_999_999
"""Seconds of any wait or timeout, and retries. Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html"""
LONGEST_DELAY = 31_622_400
"""Seconds of MaxDelaySeconds. Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
POSITIVE = Field(types=(int,), smallest=1, largest=LONGEST, expression=True)
SECONDS = Field(types=(int,), smallest=0, largest=LONGEST, expression=True)
COUNT = Field(types=(int,), smallest=0, expression=True)
PERCENTAGE = Field(types=(int, float), smallest=0, largest=100, expression=True)
LANGUAGE = Field(types=(str,), choices=tuple(QueryLanguage))

_FLOW = {"Next": TEXT, "End": FLAG}
_COMMON = {"Type": NEEDED_TEXT, "Comment": TEXT, "QueryLanguage": LANGUAGE, "Assign": OBJECT}
_RULES = {"Retry": LIST, "Catch": LIST}
_PATHS = {"InputPath": PATH, "OutputPath": PATH}
_RESULT = {"ResultPath": PATH, "ResultSelector": OBJECT}
_TIMES = {"TimeoutSeconds": POSITIVE, "HeartbeatSeconds": POSITIVE}
_TIME_PATHS = {"TimeoutSecondsPath": TEXT, "HeartbeatSecondsPath": TEXT}

_TASK = {"Resource": NEEDED_TEXT, "Credentials": OBJECT, **_TIMES, **_RULES, **_FLOW}
_MAP = {
    "ItemProcessor": OBJECT, "MaxConcurrency": COUNT, "ItemSelector": OBJECT, "ItemReader": OBJECT,
    "ItemBatcher": OBJECT, "ResultWriter": OBJECT, "ToleratedFailureCount": COUNT,
    "ToleratedFailurePercentage": PERCENTAGE, "Label": TEXT, **_RULES, **_FLOW,
}  # fmt: skip
_MAP_PATHS = {
    "ItemsPath": TEXT, "Iterator": OBJECT, "Parameters": OBJECT, "MaxConcurrencyPath": TEXT,
    "ToleratedFailureCountPath": TEXT, "ToleratedFailurePercentagePath": TEXT,
}  # fmt: skip

MACHINE_FIELDS: Mapping[str, Field] = {
    "Comment": TEXT, "StartAt": NEEDED_TEXT, "States": NEEDED_OBJECT, "Version": TEXT,
    "TimeoutSeconds": Field(types=(int,), smallest=1, largest=LONGEST), "QueryLanguage": LANGUAGE,
}  # fmt: skip
_NESTED = {"Comment": TEXT, "StartAt": NEEDED_TEXT, "States": NEEDED_OBJECT, "QueryLanguage": LANGUAGE}
_PROCESSOR = {**_NESTED, "ProcessorConfig": OBJECT}

_JSONATA_OUTPUT = {"Output": ANY}
_ONLY_JSONATA: dict[Kind, dict[str, Field]] = {
    Kind.TASK: {**_TASK, "Arguments": ANY, **_JSONATA_OUTPUT},
    Kind.PASS: {**_FLOW, **_JSONATA_OUTPUT},
    Kind.CHOICE: {"Choices": NEEDED_LIST, "Default": TEXT, **_JSONATA_OUTPUT},
    Kind.WAIT: {"Seconds": SECONDS, "Timestamp": TEXT, **_FLOW, **_JSONATA_OUTPUT},
    Kind.SUCCEED: {**_JSONATA_OUTPUT},
    Kind.FAIL: {"Error": TEXT, "Cause": TEXT},
    Kind.PARALLEL: {"Branches": NEEDED_LIST, "Arguments": ANY, **_RULES, **_FLOW, **_JSONATA_OUTPUT},
    Kind.MAP: {**_MAP, "Items": ANY, **_JSONATA_OUTPUT},
}
_ONLY_JSONPATH: dict[Kind, dict[str, Field]] = {
    Kind.TASK: {**_TASK, "Parameters": ANY, **_TIME_PATHS, **_PATHS, **_RESULT},
    Kind.PASS: {"Parameters": ANY, "Result": ANY, "ResultPath": PATH, **_FLOW, **_PATHS},
    Kind.CHOICE: {"Choices": NEEDED_LIST, "Default": TEXT, **_PATHS},
    Kind.WAIT: {
        "Seconds": SECONDS, "Timestamp": TEXT, "SecondsPath": TEXT, "TimestampPath": TEXT, **_FLOW, **_PATHS,
    },
    Kind.SUCCEED: {**_PATHS},
    Kind.FAIL: {"Error": TEXT, "Cause": TEXT, "ErrorPath": TEXT, "CausePath": TEXT},
    Kind.PARALLEL: {"Branches": NEEDED_LIST, "Parameters": ANY, **_RULES, **_FLOW, **_PATHS, **_RESULT},
    Kind.MAP: {**_MAP, **_MAP_PATHS, **_PATHS, **_RESULT},
}  # fmt: skip
_CATCHER = {"Comment": TEXT, "ErrorEquals": NEEDED_LIST, "Next": NEEDED_TEXT, "Assign": OBJECT}
_WITHOUT_ASSIGN = (Kind.SUCCEED, Kind.FAIL)


def _fields(kind: Kind, own: Mapping[str, Field]) -> dict[str, Field]:
    fields = {**_COMMON, **own}
    if kind in _WITHOUT_ASSIGN:
        del fields["Assign"]
    return fields


STATE_FIELDS: Mapping[Any, Mapping[str, Field]] = {
    **{(kind, QueryLanguage.JSONATA): _fields(kind, own) for kind, own in _ONLY_JSONATA.items()},
    **{(kind, QueryLanguage.JSONPATH): _fields(kind, own) for kind, own in _ONLY_JSONPATH.items()},
    **{("Branch", language): _NESTED for language in QueryLanguage},
    **{("Processor", language): _PROCESSOR for language in QueryLanguage},
    "Retrier": {
        "Comment": TEXT, "ErrorEquals": NEEDED_LIST,
        "IntervalSeconds": Field(types=(int,), smallest=1, largest=LONGEST),
        "MaxAttempts": Field(types=(int,), smallest=0, largest=LONGEST),
        "BackoffRate": Field(types=(int, float), smallest=1),
        "MaxDelaySeconds": Field(types=(int,), smallest=1, largest=LONGEST_DELAY),
        "JitterStrategy": Field(types=(str,), choices=("FULL", "NONE")),
    },
    ("Catcher", QueryLanguage.JSONATA): {**_CATCHER, **_JSONATA_OUTPUT},
    ("Catcher", QueryLanguage.JSONPATH): {**_CATCHER, "ResultPath": PATH},
}  # fmt: skip
