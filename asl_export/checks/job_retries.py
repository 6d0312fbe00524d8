"""Batch's own retries of a job: 1 to 10 attempts, 5 rules that say whether to try again.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_RetryStrategy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.checks.requests import Request, requests_of
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import Document, Literal

MOST_ATTEMPTS = 10
MOST_RULES = 5


def check_job_retries(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each number of attempts, and of rules, that Batch refuses."""
    for request in requests_of(graph):
        wrong = next((each for each in request.field("RetryStrategy", "Attempts") if _is_wrong(each)), None)
        if isinstance(wrong, Literal):
            message = f"retry_strategy can't have {wrong.value!r} attempts"
            yield _refused(request, message, f"Batch allows 1 to {MOST_ATTEMPTS}")
        for rules in request.field("RetryStrategy", "EvaluateOnExit"):
            if isinstance(rules, list) and len(rules) > MOST_RULES:
                message = f"retry_strategy can't have {len(rules)} rules of evaluateOnExit"
                yield _refused(request, message, f"Batch allows {MOST_RULES}")
                break


def _is_wrong(attempts: Document) -> bool:
    number = attempts.value if isinstance(attempts, Literal) else 1
    return not (type(number) is int and 1 <= number <= MOST_ATTEMPTS)


def _refused(request: Request, message: str, why: str) -> Diagnostic:
    return Diagnostic(
        code=Code.JOB_RETRIES,
        message=message,
        location=request.job.field("retry_strategy"),
        why=why,
        fix="give fewer; retries of the task itself may come on top",
    )
