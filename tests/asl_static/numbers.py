"""Faults in the numbers of a machine: times, limits and tolerances.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html and state-map.html, state-wait.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.asl_static.machine import Fields, State

LARGEST = 99_999_999
_RANGES = {
    "TimeoutSeconds": (1, LARGEST),
    "HeartbeatSeconds": (1, LARGEST),
    "Seconds": (0, LARGEST),
    "MaxConcurrency": (0, LARGEST),
    "ToleratedFailureCount": (0, LARGEST),
}


def is_whole(value: Any, least: int, most: int) -> bool:
    """Whether a value is a whole number in a range, both ends included."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def number_faults(state: State) -> Iterator[str]:
    """What is wrong with a state's numbers; in JSONata they may be expressions."""
    yield from (f"{state.name}: {fault}" for fault in field_faults(state.body, computed=state.is_jsonata))
    share = state.body.get("ToleratedFailurePercentage", 0)
    if not (_is_computed(state, share) or (isinstance(share, int | float) and 0 <= share <= 100)):
        yield f"{state.name}: has ToleratedFailurePercentage {share!r}"
    timeout, heartbeat = state.body.get("TimeoutSeconds"), state.body.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
        yield f"{state.name}: has HeartbeatSeconds {heartbeat}, no less than TimeoutSeconds {timeout}"


def field_faults(fields: Fields, *, computed: bool) -> Iterator[str]:
    """What is wrong with the whole numbers of a state or a machine."""
    for field, (least, most) in _RANGES.items():
        value = fields.get(field, least)
        if not (is_whole(value, least, most) or (computed and is_expression(value))):
            yield f"has {field} {value!r}, which isn't a whole number from {least} to {most}"


def _is_computed(state: State, value: Any) -> bool:
    return state.is_jsonata and is_expression(value)


def is_expression(value: Any) -> bool:
    """Whether a value in a JSONata state is an expression."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")
