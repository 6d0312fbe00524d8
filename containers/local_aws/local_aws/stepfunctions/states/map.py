"""Map: the same states for every item, inline in this execution or as child executions."""

from __future__ import annotations

from typing import Any

from local_aws.stepfunctions.concurrent import run_bounded
from local_aws.stepfunctions.errors import StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, Frame, Outcome, run_machine
from local_aws.stepfunctions.items.distributed import run_distributed
from local_aws.stepfunctions.items.selection import map_item, selected
from local_aws.stepfunctions.language.scope import Scope, type_name
from local_aws.stepfunctions.machine import QueryLanguage, State
from local_aws.stepfunctions.shapes import compact_json

INLINE_CONCURRENCY = 40
"""Iterations at once of an inline Map without MaxConcurrency.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
"""


async def run_map(state: State, scope: Scope, frame: Frame) -> Outcome:
    """The iterations' outputs in the items' order; of a distributed Map see `items.distributed`."""
    language = LANGUAGES[state.language]
    data = language.arguments(state, scope)
    concurrency = language.value(state.fields, "MaxConcurrency", scope) or 0
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 0:
        raise StatesError(
            language.misfit, f"The value of MaxConcurrency must be an integer of at least 0, not {concurrency!r}"
        )
    if state.distributed:
        items = None if "ItemReader" in state.fields else _items(state, scope, data)
        return Outcome(
            result=await run_distributed(state, scope, frame, items=items, data=data, concurrency=concurrency)
        )
    return Outcome(result=await _inline(state, scope, frame, _items(state, scope, data), data, concurrency))


async def _inline(state: State, scope: Scope, frame: Frame, items: list[Any], data: Any, concurrency: int) -> list[Any]:
    machine = state.iteration
    frame.cursor.add("MapStateStarted", {"mapStateStartedEventDetails": {"length": len(items)}})
    started = frame.branch()

    async def iteration(index: int, item: Any) -> Any:
        inner = started.branch(Map={"Item": map_item(index, item)})
        which = {"name": state.name, "index": index}
        inner.cursor.add("MapIterationStarted", {"mapIterationStartedEventDetails": which})
        try:
            payload = selected(state, scope, data, index, item)
            output = await run_machine(machine, payload, inner)
        except StatesError:
            inner.cursor.add("MapIterationFailed", {"mapIterationFailedEventDetails": which})
            raise
        except BaseException:
            inner.cursor.add("MapIterationAborted", {"mapIterationAbortedEventDetails": which})
            raise
        inner.cursor.add("MapIterationSucceeded", {"mapIterationSucceededEventDetails": which})
        return output

    limit = min(concurrency or INLINE_CONCURRENCY, INLINE_CONCURRENCY)
    results = await run_bounded(items, iteration, limit=limit)
    frame.cursor.add("MapStateSucceeded")
    return results


def _items(state: State, scope: Scope, data: Any) -> list[Any]:
    language = LANGUAGES[state.language]
    if state.language is QueryLanguage.JSONATA:
        name, items = "Items", language.value(state.fields, "Items", scope) if "Items" in state.fields else data
    elif "ItemsPath" in state.fields:
        name = "ItemsPath"
        path = {"value.$": state.fields["ItemsPath"]}
        inner = Scope(input=data, context=scope.context, variables=scope.variables)
        items = language.template(path, inner, field="ItemsPath")["value"]
    else:
        name, items = "input", data
    if isinstance(items, dict) and state.distributed:
        return [{"Key": key, "Value": value} for key, value in items.items()]
    if not isinstance(items, list):
        raise StatesError(
            language.misfit,
            f"The field '{name}' returned an unexpected result type. Expected 'array', but was '{type_name(items)}' "
            f"for value: {compact_json(items)}",
        )
    return items
