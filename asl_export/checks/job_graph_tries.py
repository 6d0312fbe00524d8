"""Retries and time limits of a task in a job graph, whose job is submitted before its turn.

A state that submits a job which others depend on ends with the submission; one that waits for a job begins with it,
which is before those that the job depends on have run.
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GraphNode, JobNode, jobs_of, nodes_of


def check_job_graph_tries(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each task whose retries, or time limit, would be for something else than its job's run."""
    for job_graph in nodes_of(graph.region):
        if isinstance(job_graph, GraphNode):
            needed = {above for above, _ in job_graph.region.edges}
            ordered = needed | {below for _, below in job_graph.region.edges}
            for job in jobs_of(job_graph.region):
                yield from _refused(job, job_graph.id, is_needed=job.id in needed, is_ordered=job.id in ordered)


def _refused(job: JobNode, graph_id: str, *, is_needed: bool, is_ordered: bool) -> Iterator[Diagnostic]:
    fields, whys, fixes = [], [], []
    if job.wait and job.retry is not None and is_needed:
        fields.append("retries")
        whys.append("a job behind it waits for the first job that it submits, and fails with it")
        attempts = job.retry.attempts + 1
        fixes.append(f"retries=0 and retry_strategy={{'attempts': {attempts}}}, Batch's own retries")
    if job.wait and job.timeout is not None and is_ordered:
        fields.append("execution_timeout")
        whys.append("the job is submitted before its turn, so a limit of its state is none of its run")
        fixes.append("execution_timeout=None and submit_job_timeout, Batch's own limit in seconds")
    if fields:
        yield Diagnostic(
            code=Code.UNSUPPORTED_SETTING,
            message=f"{' and '.join(fields)} can't be kept in the job graph {graph_id!r}",
            location=job.field(fields[0]),
            why="; ".join(whys),
            fix=f"give the task, whatever the default_args say, {'; '.join(fixes)}; or make the job graph a TaskGroup",
        )
