"""A SubmitJob request's size: 30 KiB in all, 8,192 bytes of container overrides; what other services are sent: 256 KiB.

Source: https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from asl_export.checks.requests import Request, requests_of
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import BatchMapNode, CallNode, FlowGraph, JobNode, TaskNode, tasks_of
from asl_export.ir.values import VALUE_TYPES, Document, Literal

MOST_REQUEST = 30 * 1024
MOST_OVERRIDES = 8192
MOST_SENT = 262_144
"""Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


def check_request_size(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each request whose fixed parts alone are too large."""
    maps = [task for task in tasks_of(graph.region) if isinstance(task, BatchMapNode)]
    planned = {id(mapped.plan) for mapped in maps if mapped.plan is not None and mapped.items is not None}
    for request in requests_of(graph):
        job = request.job
        size = _largest(request, job.request, MOST_REQUEST)
        if size > MOST_REQUEST:
            yield _too_large(job, "the SubmitJob request has", size, f"Batch allows {MOST_REQUEST:,}")
        overrides = _largest(request, job.request.get("ContainerOverrides"), MOST_OVERRIDES)
        if overrides > MOST_OVERRIDES and id(job) in planned:
            yield _list_too_large(job, overrides)
        elif overrides > MOST_OVERRIDES:
            why = f"ECS allows {MOST_OVERRIDES:,}"
            yield _too_large(job, "the container overrides have", overrides, why, code=Code.OVERRIDES_SIZE)
    for call in tasks_of(graph.region):
        size = static_size(call.arguments) if isinstance(call, CallNode) else 0
        if size > MOST_SENT:
            why = f"Step Functions sends a service {MOST_SENT:,} at most"
            yield _too_large(call, "what the task sends has", size, why)


def _too_large(task: TaskNode, what: str, size: int, why: str, *, code: Code = Code.REQUEST_SIZE) -> Diagnostic:
    return Diagnostic(
        code=code,
        message=f"{what} {size:,} bytes",
        location=task.location,
        why=why,
        fix="hand data to the job in S3" if isinstance(task, JobNode) else "hand data on in S3",
    )


def _list_too_large(job: JobNode, size: int) -> Diagnostic:
    return Diagnostic(
        code=Code.OVERRIDES_SIZE,
        message=f"with the list of items the planner job's container overrides have {size:,} bytes",
        location=job.field("items"),
        why=f"the job that plans the array jobs gets the list in its command, and ECS allows {MOST_OVERRIDES:,}",
        fix="put the items into S3 and name them with S3JsonLines, or use strategy='jobs'",
    )


def _largest(request: Request, document: Document, most: int) -> int:
    """The size of a document for the item that makes it largest, as far as it matters whether that is too large."""
    shared = static_size(document)
    bound = shared + request.uses(document) * max(map(static_size, request.all_items()), default=0)
    return bound if bound <= most else max(map(static_size, request.each(document)))


def static_size(document: Document) -> int:
    """The bytes of a document's JSON, with nothing for what is only known in the run."""
    return len(json.dumps(_static(document), separators=(",", ":"), ensure_ascii=False).encode())


def _static(document: Document) -> Any:
    match document:
        case Literal(value=value):
            return value
        case Mapping():
            return {key: _static(item) for key, item in document.items()}
        case list():
            return [_static(item) for item in document]
        case _ if isinstance(document, VALUE_TYPES):
            return ""
        case _:
            return document
