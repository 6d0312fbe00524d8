"""Retries and time limits: what Step Functions takes for them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import CallNode, FlowGraph, JobNode, PollNode, TaskNode, tasks_of

MOST = 99_999_999
"""Attempts, and seconds of an interval or a time limit."""
MOST_DELAY = 31_622_399


def check_retry(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each number that is too large, and for a time limit of nothing."""
    for task in tasks_of(graph.region):
        if isinstance(task, JobNode | CallNode) and task.timeout is not None and not 1 <= task.timeout <= MOST:
            yield _refused(task, "execution_timeout", task.timeout, MOST)
        if isinstance(task, PollNode) and task.interval > MOST_DELAY:
            yield _refused(task, "poke_interval", task.interval, MOST_DELAY)
        if not isinstance(task, JobNode | CallNode | PollNode) or task.retry is None:
            continue
        if task.retry.attempts > MOST:
            yield _refused(task, "retries", task.retry.attempts, MOST)
        if task.retry.delay > MOST_DELAY:
            yield _refused(task, "retry_delay", task.retry.delay, MOST_DELAY)


def _refused(task: TaskNode, field: str, value: int, most: int) -> Diagnostic:
    return Diagnostic(
        code=Code.RETRY,
        message=f"{field} can't be {value:,}" + ("" if field == "retries" else " seconds"),
        location=task.field(field),
        why=f"Step Functions takes 1 to {most:,}",
        fix="give a number in that range",
    )
