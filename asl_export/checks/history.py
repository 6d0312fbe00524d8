"""An execution's history: 25,000 events at most.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GraphNode, GroupNode, JoinNode, MapNode, Region

MOST = 25_000
# Entered, scheduled, started, submitted, ended, exited.
_TASK = 6
# Started, ended, and the state that keeps the item.
_ITEM = 4


def check_history(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal when a run without a single retry has too many events."""
    events = events_of(graph.region)
    if events > MOST:
        yield Diagnostic(
            code=Code.HISTORY,
            message=f"an execution would have about {events:,} events",
            location=graph.location,
            why=f"Step Functions ends an execution after {MOST:,}",
            fix="split the DAG, or run fewer items",
        )


def events_of(region: Region, *, distributed: frozenset[str] = frozenset()) -> int:
    """About how many events a region makes: those of maps with a known number of items counted for each of them.

    :param distributed: the maps whose items have executions, and histories, of their own.
    """
    total = 0
    for node in region.nodes:
        match node:
            case MapNode() if node.id in distributed:
                total += _TASK
            case MapNode():
                total += 4 + (node.count or 1) * (_ITEM + events_of(node.region, distributed=distributed))
            case GroupNode() | GraphNode():
                total += 4 + events_of(node.region, distributed=distributed)
            case JoinNode():
                pass
            case _:
                total += _TASK
    return total
