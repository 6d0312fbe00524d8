"""Which operator a task has, mapped or not, and what that operator takes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from itertools import takewhile
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator


@cache
def arguments(operator: type) -> tuple[str, ...]:
    """The names of an operator's own arguments, those of its base classes too; BaseOperator's are in BASE_OPERATOR."""
    if operator is BaseOperator:
        return _arguments(BaseOperator)
    classes = takewhile(lambda cls: cls is not BaseOperator, operator.__mro__)
    return tuple(dict.fromkeys(name for cls in classes for name in _arguments(cls)))


def _arguments(cls: type) -> tuple[str, ...]:
    """The names of the arguments that a class's own constructor has, if it has one."""
    constructor = vars(cls).get("__init__")
    if constructor is None:
        return ()
    parameters = list(inspect.signature(constructor).parameters.values())[1:]
    return tuple(item.name for item in parameters if item.kind not in (item.VAR_KEYWORD, item.VAR_POSITIONAL))


def operator_of(task: Any) -> type:
    """The class of a task's operator, mapped or not."""
    operator: type = task.operator_class if isinstance(task, MappedOperator) else type(task)
    return operator


def attributes_of(task: Any) -> Mapping[str, Any]:
    """What a task is made of; of a mapped one also what its items give, in a list."""
    if not isinstance(task, MappedOperator):
        own: Mapping[str, Any] = vars(task)
        return own
    given = task._get_specified_expand_input().value
    items = given if isinstance(given, list | tuple) else [given]
    named = (item for item in items if isinstance(item, Mapping))
    return {**task.partial_kwargs, **{name: [value] for item in named for name, value in item.items()}}
