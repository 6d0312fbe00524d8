"""Batch's own time limit of a job's attempt: 60 seconds or more.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_JobTimeout.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.checks.requests import requests_of
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import Document, Literal

LEAST = 60


def check_job_timeout(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each limit that is too short."""
    for request in requests_of(graph):
        wrong = next((each for each in request.field("Timeout", "AttemptDurationSeconds") if _is_wrong(each)), None)
        if isinstance(wrong, Literal):
            yield Diagnostic(
                code=Code.JOB_TIMEOUT,
                message=f"submit_job_timeout can't be {wrong.value!r} seconds",
                location=request.job.field("submit_job_timeout"),
                why=f"Batch takes {LEAST} seconds or more",
                fix="give a longer limit, or use execution_timeout",
            )


def _is_wrong(seconds: Document) -> bool:
    return isinstance(seconds, Literal) and not (type(seconds.value) is int and seconds.value >= LEAST)
