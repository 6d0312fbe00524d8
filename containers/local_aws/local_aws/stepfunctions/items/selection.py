"""What one iteration of a Map gets as its input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local_aws.stepfunctions.interpreter import LANGUAGES
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import State


def map_item(index: int, item: Any) -> dict[str, Any]:
    """`Map.Item` of the context object."""
    return {"Index": index, "Value": item}


def selected(state: State, scope: Scope, data: Any, index: int, item: Any) -> Any:
    """The item, or what the ItemSelector (formerly Parameters) makes of the Map's input and the item.

    :param data: the Map's input after InputPath.
    """
    for name in ("ItemSelector", "Parameters"):
        if name in state.fields:
            context = {**scope.context, "Map": {"Item": map_item(index, item)}}
            inner = replace(scope, input=data, context=context)
            return LANGUAGES[state.language].template(state.fields[name], inner, field=name)
    return item
