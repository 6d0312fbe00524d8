"""A job's dependencies: 20 at most.

Source: https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GraphNode, jobs_of, nodes_of

MOST = 20


def check_dependencies(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each job with too many."""
    edges = _edges_of_job_graphs(graph)
    for job in jobs_of(graph.region):
        given = job.request.get("DependsOn")
        count = len(given or ()) + edges[job.id]
        if count > MOST:
            yield Diagnostic(
                code=Code.DEPENDENCIES,
                message=f"the job depends on {count} jobs",
                location=job.field("depends_on"),
                why=f"Batch allows {MOST} dependencies",
                fix="let some of them join in a job between, or order the tasks with >> outside of a job graph",
            )


def _edges_of_job_graphs(graph: FlowGraph) -> Counter[str]:
    """How many jobs of the same job graph each job depends on."""
    graphs = [node for node in nodes_of(graph.region) if isinstance(node, GraphNode)]
    return Counter(below for node in graphs for _, below in node.region.edges)
