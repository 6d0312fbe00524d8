"""What a map hands out: the job ids of all items in one list, which is state data of 256 KiB at most.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from asl_export.checks.state_data import MOST
from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, JobNode, MapNode, documents_of, maps_of, nodes_of, tasks_of
from asl_export.ir.values import RETURN_VALUE, TaskOutput, walk

# {"job_…":"00000000-0000-0000-0000-000000000000"}, and the comma behind it: without the task's own name.
_ID = 50


def check_map_results(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each map of more items than there is room for the job ids that others read.

    How large the documents are that jobs write is known in the run only.
    """
    readers = _readers(graph)
    for mapped in maps_of(graph.region):
        read = [task for task in tasks_of(mapped.region) if isinstance(task, JobNode) and task.result is None]
        told = [task.id for task in read if readers.get(task.id, set()) - _inside(mapped)]
        size = (mapped.count or 0) * sum(_ID + min(len(task), 50) for task in told)
        if size > MOST:
            names = ", ".join(map(repr, told))
            yield Diagnostic(
                code=Code.STATE_DATA,
                message=f"the results of {names} have about {size:,} bytes in all {mapped.count:,} items",
                location=mapped.location,
                why=f"tasks after the map read them as one list, and a state machine hands on {MOST:,} bytes at most",
                fix="hand the results on in S3, or map over fewer items",
            )


def _readers(graph: FlowGraph) -> Mapping[str, set[str]]:
    """The nodes that read each task's job id."""
    readers: dict[str, set[str]] = {}
    for node in nodes_of(graph.region):
        for value in (value for document in documents_of(node) for value in walk(document)):
            if isinstance(value, TaskOutput) and value.key == RETURN_VALUE:
                readers.setdefault(value.task, set()).add(node.id)
    return readers


def _inside(mapped: MapNode) -> set[str]:
    return {mapped.id, *(node.id for node in nodes_of(mapped.region))}
