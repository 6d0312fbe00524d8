"""ItemBatcher: the items of a distributed Map in groups, each the input of one child.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.stepfunctions.errors import RUNTIME, StatesError
from local_aws.stepfunctions.interpreter import LANGUAGES, PAYLOAD_LIMIT
from local_aws.stepfunctions.language.scope import Scope
from local_aws.stepfunctions.machine import State
from local_aws.stepfunctions.shapes import compact_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildInput:
    """The input of one child, and how many items it holds."""

    data: Any
    items: int = 1


def child_inputs(state: State, scope: Scope, items: list[Any]) -> list[ChildInput]:
    """One input an item, or one a batch where the Map has an ItemBatcher."""
    batcher: Mapping[str, Any] | None = state.fields.get("ItemBatcher")
    if batcher is None:
        return [ChildInput(data=item) for item in items]
    language = LANGUAGES[state.language]
    most_items = language.value(batcher, "MaxItemsPerBatch", scope)
    most_bytes = language.value(batcher, "MaxInputBytesPerBatch", scope)
    for name, value in (("MaxItemsPerBatch", most_items), ("MaxInputBytesPerBatch", most_bytes)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise StatesError(RUNTIME, f"The value of {name} must be a positive integer, not {value!r}")
    shared: dict[str, Any] = {}
    if "BatchInput" in batcher:
        shared["BatchInput"] = language.template(batcher["BatchInput"], scope, field="ItemBatcher/BatchInput")
    room = min(most_bytes or PAYLOAD_LIMIT, PAYLOAD_LIMIT) - len(compact_json({**shared, "Items": []}).encode())
    return [
        ChildInput(data={**shared, "Items": batch}, items=len(batch))
        for batch in _batches(items, most_items or len(items), room)
    ]


def _batches(items: list[Any], most: int, room: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    used = 0
    for item in items:
        size = len(compact_json(item).encode()) + 1
        if batch and (len(batch) == most or used + size > room):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += size
    if batch:
        yield batch
