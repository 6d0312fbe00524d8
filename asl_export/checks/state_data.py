"""State data: 256 KiB at most, and the items of a map and the defaults of params are state data.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from asl_export.checks.request_size import static_size
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import BatchMapNode, FlowGraph, maps_of, tasks_of
from asl_export.ir.values import Literal

MOST = 262_144


def check_state_data(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each map whose items don't fit, and for params whose defaults don't."""
    for mapped in maps_of(graph.region):
        size = static_size(mapped.items)
        if size > MOST:
            count = f"{mapped.count:,} " if mapped.count is not None else ""
            yield Diagnostic(
                code=Code.STATE_DATA,
                message=f"the {count}items have {size:,} bytes",
                location=mapped.location,
                why=f"a state machine hands on {MOST:,} bytes at most",
                fix="make the items smaller, or hand their data on in S3",
            )
    for task in tasks_of(graph.region):
        if isinstance(task, BatchMapNode) and task.plan is None and (size := static_size(task.items)) > MOST:
            yield Diagnostic(
                code=Code.STATE_DATA,
                message=f"the items have {size:,} bytes",
                location=task.field("items"),
                why=f"a state machine hands on {MOST:,} bytes at most",
                fix="put the items into S3 and name them with S3JsonLines",
            )
    size = static_size({param.name: Literal(value=param.default) for param in graph.params if not param.required})
    if size > MOST:
        yield Diagnostic(
            code=Code.STATE_DATA,
            message=f"the defaults of the params have {size:,} bytes",
            location=replace(graph.location, field="params"),
            why=f"they are state data, of which a state machine hands on {MOST:,} bytes at most",
            fix="hand the data on in S3, and give its URI as the param",
        )
