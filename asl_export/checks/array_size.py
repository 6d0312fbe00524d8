"""An array job's size: 2 to 10,000 (one of 1 was read as a plain job).

Source: https://docs.aws.amazon.com/batch/latest/userguide/array_jobs.html
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.checks.requests import requests_of
from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import BatchMapNode, FlowGraph, nodes_of
from asl_export.ir.values import Document, Literal

LEAST, MOST = 2, 10_000


def check_array_size(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each array of another size, a warning for one that isn't known before the run."""
    maps = [node for node in nodes_of(graph.region) if isinstance(node, BatchMapNode)]
    # Of these none has a size of 1: there the map runs its `single` job.
    planned = {id(node.job) for node in maps if node.single is not None}
    for request in requests_of(graph):
        if id(request.job) in planned:
            continue
        sizes = list(request.field("ArrayProperties", "Size"))
        where = request.job.field("array_properties")
        wrong = next((size for size in sizes if _is_wrong(size)), None)
        if isinstance(wrong, Literal):
            yield Diagnostic(
                code=Code.ARRAY_SIZE,
                message=f"an array job can't have the size {wrong.value!r}",
                location=where,
                why=f"Batch allows {LEAST} to {MOST:,} children",
                fix="give a size in that range; more children need several array jobs",
            )
        elif any(size is not None and not isinstance(size, Literal) for size in sizes):
            yield Diagnostic(
                code=Code.ARRAY_SIZE,
                message="the exported machine fails when the size turns out to be 1",
                location=where,
                why="Batch allows arrays from 2, and only Airflow submits a plain job instead",
                fix="start the execution with a size of 2 or more",
                severity=Severity.WARNING,
            )


def _is_wrong(size: Document) -> bool:
    return isinstance(size, Literal) and not (type(size.value) is int and LEAST <= size.value <= MOST)
