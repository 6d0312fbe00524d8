"""A job's dependencies: 20 at most.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, jobs_of

MOST = 20


def check_dependencies(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each job with too many."""
    for job in jobs_of(graph.region):
        given = job.request.get("dependsOn")
        if isinstance(given, list) and len(given) > MOST:
            yield Diagnostic(
                code=Code.DEPENDENCIES,
                message=f"the job depends on {len(given)} jobs",
                location=job.field("depends_on"),
                why=f"Batch allows {MOST} dependencies",
                fix="order the tasks with >> instead",
            )
