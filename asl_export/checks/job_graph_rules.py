"""The one trigger rule that asks whether a failed job of a job graph had its turn.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_dependencies.html, a job is failed when one that it
depends on fails; airflow.ti_deps.deps.trigger_rule_dep of Airflow 3.3, one_done doesn't count upstream_failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GraphNode, nodes_of, tasks_of
from asl_export.ir.status import TriggerRule


def check_job_graph_rules(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each one_done behind a job that Batch fails along with one before it."""
    graphs = [node for node in nodes_of(graph.region) if isinstance(node, GraphNode)]
    depending = {below: node.id for node in graphs for _, below in node.region.edges}
    upstream: dict[str, list[str]] = {}
    for above, below in graph.region.edges:
        upstream.setdefault(below, []).append(above)
    for task in tasks_of(graph.region):
        job = next((above for above in upstream.get(task.id, ()) if above in depending), None)
        if task.rule is TriggerRule.ONE_DONE and job is not None:
            yield Diagnostic(
                code=Code.TRIGGER_RULE,
                message=f"trigger_rule {task.rule.value!r} can't be kept",
                location=task.field("trigger_rule"),
                why=f"Batch fails {job!r} when one before it in {depending[job]!r} fails, and Airflow calls that "
                "upstream_failed, which isn't done",
                fix="use all_done, one_success or one_failed, or make the job graph a TaskGroup",
            )
