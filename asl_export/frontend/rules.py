"""Trigger rules, setups and teardowns, and which tasks decide how the run ends."""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG

from airstep.operators.submit import SubmitJobGraph
from asl_export.frontend.mapping import DynamicItems
from asl_export.ir.status import TriggerRule


def rule_of(task: Any, items: object = None, *, setups: frozenset[str]) -> dict[str, Any]:
    """The fields of a task's node that say when it runs and whether its failure counts.

    :param items: what the task is mapped over, or its group; what gives items in the run must have succeeded.
    :param setups: the ids of all setups of the DAG.
    """
    rule = TriggerRule(task.trigger_rule)
    needs = [] if task.is_teardown or rule is TriggerRule.ALWAYS else _indirect(task, setups)
    if isinstance(items, DynamicItems):  # as airflow.ti_deps.deps.mapped_task_upstream_dep has it
        needs.extend(items.references())
    return {
        "rule": rule,
        "is_setup": task.is_setup,
        "is_teardown": task.is_teardown,
        "counts": not task.is_teardown or task.on_failure_fail_dagrun,
        "needs": tuple(dict.fromkeys(needs)),
    }


def setups_of(dag: DAG) -> frozenset[str]:
    """The ids of a DAG's setups."""
    return frozenset(task.task_id for task in dag.tasks if task.is_setup)


def _indirect(task: Any, setups: frozenset[str]) -> list[str]:
    """The setups that a task needs and that aren't directly upstream of it, in the order of the DAG."""
    if not setups - task.upstream_task_ids:  # what Airflow is asked for takes as long as there are tasks upstream
        return []
    found = {setup.task_id for setup in task.get_upstreams_only_setups()} - task.upstream_task_ids
    return [task_id for task_id in task.dag.task_ids if task_id in found]


def following(task: Any) -> list[str]:
    """The tasks of the graph that an edge to a task leads to: behind the one that submits a job graph."""
    return sorted(task.downstream_task_ids) if isinstance(task, SubmitJobGraph) else [task.task_id]


def waiting(task: Any) -> list[str]:
    """The tasks of the graph that an edge to a task makes wait: a rule of "always" waits for nothing."""
    return [] if TriggerRule(task.trigger_rule) is TriggerRule.ALWAYS else following(task)


def leaves_of(dag: DAG) -> frozenset[str]:
    """The tasks whose failure is the run's: nothing follows them but teardowns that don't count.

    Source: airflow.models.dagrun, DagRun._tis_for_dagrun_state
    """
    found = (task.task_id for task in dag.tasks if _counts(task) and not any(map(_counts, task.downstream_list)))
    # A DAG of nothing but teardowns has only those.
    return frozenset(found) or frozenset(task.task_id for task in dag.leaves)


def _counts(task: Any) -> bool:
    return bool(not task.is_teardown or task.on_failure_fail_dagrun)
