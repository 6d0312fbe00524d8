"""An execution's history: 25,000 events at most. A map that would make it longer gets executions of its own.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.blocks import Block, Map, Parallel, Series, Task, WorkNode, inside
from asl_export.ir.graph import BatchMapNode, ChoiceNode, FlowGraph, JobNode, PollNode, WaitNode, tasks_of

MOST = 25_000
# The execution's own start and end, and the states that look at the params.
_START = 6
# Entered, scheduled, started, submitted, ended, exited.
_TASK = 6
# Entered, scheduled, started, ended, exited: the state that reads a result.
_CALL = 5
# Each question of a poll: scheduled, started, failed.
_QUESTION = 3
# Entered, started, ended, exited, and the state behind that asks whether something has failed.
_PARALLEL = 6
# The same, and the state in front that makes the items.
_MAP = 8
# Started, ended, and the state that keeps the item.
_ITEM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The maps whose items get executions, and so histories, of their own, and what to say about it."""

    distributed: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def check_history(graph: FlowGraph, root: Block) -> History:
    """Which maps must be distributed so that a run without a single retry has few enough events.

    The map with the most events goes first. What is left over is refused, and an item that alone has too many.
    """
    maps = [block for block in inside(root) if isinstance(block, Map) and block.node.count is not None]
    alone = {block.node.id: _events(block, ()) for block in maps}
    chosen: list[str] = []
    while (events := _START + _events(root, chosen)) > MOST:
        left = [block for block in maps if block.node.id not in chosen]
        if not left:
            return History(distributed=frozenset(), diagnostics=(_patient(graph, events) or _too_many(graph, events),))
        chosen.append(max(left, key=lambda block: alone[block.node.id]).node.id)
    distributed = [block for block in maps if block.node.id in chosen]
    for block in distributed:
        if (events := _START + _ITEM + _events(block.body, chosen)) > MOST:
            return History(distributed=frozenset(), diagnostics=(_too_many(graph, events),))
    return History(
        distributed=frozenset(chosen),
        diagnostics=tuple(_distributed(block, alone[block.node.id]) for block in distributed),
    )


def _events(root: Block, distributed: Collection[str]) -> int:
    """About how many events a block makes; those of a distributed map's items lie in other histories."""
    events = 0
    waiting = [(root, 1)]
    while waiting:
        block, times = waiting.pop()
        match block:
            case Series(blocks=blocks):
                waiting.extend((inner, times) for inner in blocks)
            case Parallel(branches=branches):
                events += times * _PARALLEL
                waiting.extend((inner, times) for inner in branches)
            case Map(node=node) if node.id in distributed:
                events += times * _MAP
            case Map(node=node, body=body):
                items = times * (node.count or 1)
                events += times * _MAP + items * _ITEM
                waiting.append((body, items))
            case Task(node=node):
                events += times * _of_task(node)
            case _:
                pass
    return events


def _of_task(node: WorkNode) -> int:
    match node:
        case JobNode(result=result):
            return _TASK if result is None else _TASK + _CALL
        case BatchMapNode(plan=plan, finish=finish):
            return _MAP + sum(_of_task(job) for job in (plan, finish) if job is not None)
        case ChoiceNode() | WaitNode():
            return 2
        case PollNode():
            return _TASK + _questions(node) * _QUESTION
        case _:
            return _TASK


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


def _distributed(block: Map, alone: int) -> Diagnostic:
    mapped = block.node
    return Diagnostic(
        code=Code.HISTORY,
        message=f"each of the {mapped.count:,} items gets an execution of its own: {mapped.id!r} is a distributed Map",
        location=mapped.location,
        why=f"in one execution they would make about {alone:,} events, and Step Functions ends one after {MOST:,}",
        fix="nothing, if that is fine: each item is one state transition more",
        severity=Severity.WARNING,
    )
