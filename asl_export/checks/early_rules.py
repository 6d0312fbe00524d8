"""Trigger rules under which Airflow starts a task as soon as one task upstream has ended: a state waits for all.

Source: https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/dags.html#trigger-rules
"""

from __future__ import annotations

from collections.abc import Iterator

from asl_export.diagnostics import Code, Diagnostic, Severity
from asl_export.ir.graph import ChoiceNode, FlowGraph, maps_of, tasks_of
from asl_export.ir.status import EARLY, TriggerRule


def check_early_rules(graph: FlowGraph) -> Iterator[Diagnostic]:
    """A warning for each task that may start earlier in Airflow, because several instances are upstream of it.

    And another if a choice among them may skip it, or one that "always" runs: in Airflow that comes too late for one
    that has started.
    """
    upstream: dict[str, list[str]] = {}
    for above, below in graph.region.edges:
        upstream.setdefault(below, []).append(above)
    choices = [node for node in tasks_of(graph.region) if isinstance(node, ChoiceNode)]
    skipping = {task: choice.id for choice in choices for option in choice.options for task in option.skipped}
    mapped = {task.id: node.id for node in maps_of(graph.region) for task in tasks_of(node.region)}
    for task in tasks_of(graph.region):
        before = upstream.get(task.id, [])
        several = len(before) > 1 or any(mapped.get(other) not in (None, mapped.get(task.id)) for other in before)
        if task.rule in EARLY and several:
            yield Diagnostic(
                code=Code.BARRIER,
                message=f"{task.id!r} waits for all tasks upstream of it: {', '.join(map(repr, before[:8]))}",
                location=task.field("trigger_rule"),
                why=f"under {task.rule!s} Airflow starts it as soon as one of them allows it; branches end together",
                fix="nothing, if the waiting is fine: whether it runs is decided as in Airflow",
                severity=Severity.WARNING,
                waits=tuple((task.id, other) for other in before),
            )
        always = task.rule is TriggerRule.ALWAYS
        if task.id in skipping and (always or (task.rule in EARLY and several)):
            machine = "starts it whatever is chosen" if always else "waits for it"
            yield Diagnostic(
                code=Code.RACE,
                message=f"{task.id!r} is skipped when {skipping[task.id]!r} doesn't follow it",
                location=task.field("trigger_rule"),
                why=f"under {task.rule!s} Airflow may start it before the choice is made; the machine {machine}",
                fix=f"nothing, if that is fine; else give {task.id!r} the rule none_failed or all_done",
                severity=Severity.WARNING,
            )
