"""Trigger rules and teardowns in and behind a fail-fast group: its first failure ends it as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic
from asl_export.ir.graph import FlowGraph, GroupNode, TaskNode, nodes_of, tasks_of
from asl_export.ir.status import BLOCKED_BY_FAILURE, TriggerRule

_NEED_ALL = frozenset(
    {
        TriggerRule.ALL_FAILED,
        TriggerRule.NONE_SKIPPED,
        TriggerRule.ONE_SUCCESS,
        TriggerRule.ONE_DONE,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    }
)
"""Rules that ask how the others ended when one has failed."""


def check_fail_fast(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A refusal for each task whose rule asks for more than a group that stops at once can tell."""
    groups = [node for node in nodes_of(graph.region) if isinstance(node, GroupNode)]
    inside = {task.id: group.id for group in groups for task in tasks_of(group.region)}
    if graph.fail_fast:
        inside = {task.id: graph.dag_id for task in tasks_of(graph.region)}
    upstream: dict[str, list[str]] = {}
    for above, below in graph.region.edges:
        upstream.setdefault(below, []).append(above)
    setups = {task.id for task in tasks_of(graph.region) if task.is_setup}
    for task in tasks_of(graph.region):
        around = [inside[above] for above in upstream.get(task.id, []) if above in inside]
        if task.rule not in BLOCKED_BY_FAILURE and inside.get(task.id) in around and task.id in inside:
            why = f"a failure ends {inside[task.id]!r} as a whole, this task with it"
            instead = "run it behind the group, with all_done"
            if graph.fail_fast:
                instead = "clean up from an EventBridge rule on the execution's status"
            yield _refused(
                task, why, f"give {'the DAG' if graph.fail_fast else 'the group'} fail_fast=False, or {instead}"
            )
        elif task.is_teardown and not task.counts and task.id in inside:
            yield Diagnostic(
                code=Code.TRIGGER_RULE,
                message="the failure of a teardown in a fail-fast group can't be left out of account",
                location=task.field("trigger_rule"),
                why=f"a failure ends {inside[task.id]!r} as a whole, a teardown's too",
                fix="put the teardown behind the group, give the group fail_fast=False, or say "
                "as_teardown(on_failure_fail_dagrun=True)",
            )
        elif task.rule in _NEED_ALL and around and task.id not in inside:
            why = f"when {around[0]!r} has been stopped, nobody can tell how all of its tasks would have ended"
            yield _refused(task, why, "give the group fail_fast=False, or use all_done or one_failed")
        elif task.is_teardown and setups & set(upstream.get(task.id, ())) & set(inside) and task.id not in inside:
            why = f"when {around[0]!r} has been stopped, nobody can tell whether the setup in it has succeeded"
            yield _refused(task, why, "put the setup in front of the group, or give the group fail_fast=False")


def _refused(task: TaskNode, why: str, fix: str) -> Diagnostic:
    return Diagnostic(
        code=Code.TRIGGER_RULE,
        message=f"trigger_rule {task.rule.value!r} can't be kept",
        location=task.field("trigger_rule"),
        why=why,
        fix=fix,
    )
