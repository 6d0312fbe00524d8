"""State data: 256 KiB at most, and a map's items are state data.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.checks.request_size import static_size
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, maps_of

MOST = 262_144


def check_state_data(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each map whose items don't fit."""
    for mapped in maps_of(graph.region):
        size = static_size(mapped.items)
        if size > MOST:
            yield Diagnostic(
                code=Code.STATE_DATA,
                message=f"the {mapped.count:,} items have {size:,} bytes",
                location=mapped.location,
                why=f"a state machine hands on {MOST:,} bytes at most",
                fix="make the items smaller, or hand their data on in S3",
            )
