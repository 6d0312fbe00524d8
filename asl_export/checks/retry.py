"""Retries and time limits: what Step Functions takes for them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from asl_export.diagnostics import Code, Diagnostic, Location
from asl_export.ir.graph import CallNode, FlowGraph, JobNode, PollNode, tasks_of

MOST = 99_999_999
"""Attempts, and seconds of an interval or a time limit."""
MOST_DELAY = 31_622_399


def check_retry(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each number that is too large, for a time limit of nothing, and for delays that shrink."""
    if graph.timeout is not None and not 1 <= graph.timeout <= MOST:
        yield _refused(replace(graph.location, field="dagrun_timeout"), graph.timeout, MOST)
    for node in tasks_of(graph.region):
        if isinstance(node, PollNode) and node.interval > MOST_DELAY:
            yield _refused(node.field("poke_interval"), node.interval, MOST_DELAY)
        if not isinstance(node, JobNode | CallNode | PollNode):
            continue
        if not isinstance(node, PollNode) and node.timeout is not None and not 1 <= node.timeout <= MOST:
            yield _refused(node.field("execution_timeout"), node.timeout, MOST)
        if node.retry is None:
            continue
        if node.retry.attempts > MOST:
            yield _refused(node.field("retries"), node.retry.attempts, MOST)
        if node.retry.delay > MOST_DELAY:
            yield _refused(node.field("retry_delay"), node.retry.delay, MOST_DELAY)
        if not 1 <= node.retry.backoff < inf:
            yield Diagnostic(
                code=Code.RETRY,
                message=f"retry_exponential_backoff can't be {node.retry.backoff:g}",
                location=node.field("retry_exponential_backoff"),
                why="Step Functions takes a BackoffRate of 1 or more: its delays grow, or stay as they are",
                fix="give a number of 1 or more, or leave it out",
            )


def _refused(where: Location, value: int, most: int) -> Diagnostic:
    return Diagnostic(
        code=Code.RETRY,
        message=f"{where.field} can't be {value:,}" + ("" if where.field == "retries" else " seconds"),
        location=where,
        why=f"Step Functions takes 1 to {most:,}",
        fix="give a number in that range",
    )
