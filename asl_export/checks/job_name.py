"""A job's name: 1 to 128 letters, digits, hyphens and underscores, a letter or digit first.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from asl_export.checks.requests import requests_of
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph
from asl_export.ir.values import Document, Literal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def check_job_name(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each job name that Batch refuses."""
    for request in requests_of(graph):
        wrong = next((name for name in request.field("JobName") if _is_wrong(name)), None)
        if isinstance(wrong, Literal):
            yield Diagnostic(
                code=Code.JOB_NAME,
                message=f"job_name {wrong.value!r} isn't a name that Batch takes",
                location=request.job.field("job_name"),
                why="it takes 1 to 128 letters, digits, hyphens and underscores, the first a letter or digit",
                fix="change the name",
            )


def _is_wrong(name: Document) -> bool:
    return isinstance(name, Literal) and not (isinstance(name.value, str) and _NAME.fullmatch(name.value))
