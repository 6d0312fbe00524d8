"""An array job's size: 2 to 10,000 (one of 1 was read as a plain job).

Source: https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import FlowGraph, jobs_of
from asl_export.ir.values import Literal

LEAST, MOST = 2, 10_000


def check_array_size(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each array of another size, a warning for one that isn't known before the run."""
    for job in jobs_of(graph.region):
        properties = job.request.get("arrayProperties")
        size = properties.get("size") if isinstance(properties, Mapping) else None
        if isinstance(size, Literal) and not (isinstance(size.value, int) and LEAST <= size.value <= MOST):
            yield Diagnostic(
                code=Code.ARRAY_SIZE,
                message=f"an array job can't have the size {size.value!r}",
                location=job.field("array_properties"),
                why=f"Batch allows {LEAST} to {MOST:,} children",
                fix="split the array",
            )
        elif size is not None and not isinstance(size, Literal):
            yield Diagnostic(
                code=Code.ARRAY_SIZE,
                message="the exported machine fails when the size turns out to be 1",
                location=job.field("array_properties"),
                why="Batch allows arrays from 2, and only Airflow submits a plain job instead",
                fix="start the execution with a size of 2 or more",
                severity=Severity.WARNING,
            )
