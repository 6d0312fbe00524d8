"""An execution's history: 25,000 events at most. A map that would make it longer gets executions of its own.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import (
    ChoiceNode,
    FlowGraph,
    GraphNode,
    GroupNode,
    JobNode,
    JoinNode,
    MapNode,
    PollNode,
    Region,
    WaitNode,
    maps_of,
    tasks_of,
)

MOST = 25_000
# Entered, scheduled, started, submitted, ended, exited.
_TASK = 6
# Entered, scheduled, started, ended, exited: the state that reads a result.
_CALL = 5
# Started, ended, and the state that keeps the item.
_ITEM = 4
# Each question of a poll: scheduled, started, failed.
_QUESTION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The maps whose items get executions, and so histories, of their own, and what to say about it."""

    distributed: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def check_history(graph: FlowGraph) -> History:
    """Which maps must be distributed so that a run without a single retry has few enough events.

    The map with the most events goes first. What is left over is refused.
    """
    chosen: list[MapNode] = []
    while (events := _events(graph.region, chosen)) > MOST:
        candidates = [mapped for mapped in maps_of(graph.region) if mapped.count is not None and mapped not in chosen]
        if not candidates:
            said = _patient(graph, events) or _too_many(graph, events)
            return History(distributed=frozenset(), diagnostics=(said,))
        chosen.append(max(candidates, key=lambda mapped: _map_events(mapped, chosen)))
    for mapped in chosen:
        if (events := _events(mapped.region, chosen)) > MOST:
            return History(distributed=frozenset(), diagnostics=(_too_many(graph, events),))
    return History(
        distributed=frozenset(mapped.id for mapped in chosen),
        diagnostics=tuple(_distributed(mapped) for mapped in chosen),
    )


def _events(region: Region, distributed: list[MapNode]) -> int:
    return sum(_of_node(node, distributed) for node in region.nodes)


def _of_node(node: object, distributed: list[MapNode]) -> int:
    match node:
        case MapNode() if node in distributed:
            return _TASK
        case MapNode():
            return _map_events(node, distributed)
        case GroupNode(region=region) | GraphNode(region=region):
            return 4 + _events(region, distributed)
        case JoinNode():
            return 0
        case JobNode(result=result) if result is not None:
            return _TASK + _CALL
        case ChoiceNode() | WaitNode():
            return 2
        case PollNode():
            return _TASK + _questions(node) * _QUESTION
        case _:
            return _TASK


def _map_events(mapped: MapNode, distributed: list[MapNode]) -> int:
    return 4 + (mapped.count or 1) * (_ITEM + _events(mapped.region, distributed))


def _questions(poll: PollNode) -> int:
    return len(poll.arguments) * poll.attempts


def _patient(graph: FlowGraph, events: int) -> Diagnostic | None:
    """A refusal of the sensor that may ask most often, when it alone is too much."""
    polls = [task for task in tasks_of(graph.region) if isinstance(task, PollNode)]
    poll = max(polls, key=_questions, default=None)
    others = 0 if poll is None else events - _questions(poll) * _QUESTION
    if poll is None or others >= MOST:
        return None
    interval = math.ceil(len(poll.arguments) * poll.timeout * _QUESTION / (MOST - others) / 10) * 10
    return Diagnostic(
        code=Code.HISTORY,
        message=f"asking every {poll.interval} s for {poll.timeout:,} s makes about {events:,} events",
        location=poll.field("poke_interval"),
        why=f"Step Functions ends an execution after {MOST:,}",
        fix=f"give a poke_interval of {interval} or more, or a shorter timeout",
    )


def _too_many(graph: FlowGraph, events: int) -> Diagnostic:
    return Diagnostic(
        code=Code.HISTORY,
        message=f"an execution would have about {events:,} events",
        location=graph.location,
        why=f"Step Functions ends an execution after {MOST:,}",
        fix="split the DAG, or run fewer items",
    )


def _distributed(mapped: MapNode) -> Diagnostic:
    alone = _map_events(mapped, [])
    return Diagnostic(
        code=Code.HISTORY,
        message=f"each of the {mapped.count:,} items gets an execution of its own: {mapped.id!r} is a distributed Map",
        location=mapped.location,
        why=f"in one execution they would make about {alone:,} events, and Step Functions ends one after {MOST:,}",
        fix="nothing, if that is fine: each item is one state transition more",
        severity=Severity.WARNING,
    )
