"""Retries and time limits: what Step Functions takes for them.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, JobNode, jobs_of

MOST = 99_999_999
"""Attempts, and seconds of an interval or a time limit."""
MOST_DELAY = 31_622_399


def check_retry(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each number that is too large, and for a time limit of nothing."""
    for job in jobs_of(graph.region):
        if job.timeout is not None and not 1 <= job.timeout <= MOST:
            yield _refused(job, "execution_timeout", job.timeout, MOST)
        if job.retry is None:
            continue
        if job.retry.attempts > MOST:
            yield _refused(job, "retries", job.retry.attempts, MOST)
        if job.retry.delay > MOST_DELAY:
            yield _refused(job, "retry_delay", job.retry.delay, MOST_DELAY)


def _refused(job: JobNode, field: str, value: int, most: int) -> Diagnostic:
    return Diagnostic(
        code=Code.RETRY,
        message=f"{field} can't be {value:,}" + ("" if field == "retries" else " seconds"),
        location=job.field(field),
        why=f"Step Functions takes 1 to {most:,}",
        fix="give a number in that range",
    )
