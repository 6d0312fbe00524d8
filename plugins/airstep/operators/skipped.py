"""Whether a branching task has decided that an item's task is to be skipped.

Airflow 3.3 overlooks that decision inside a mapped task group whose items are known at run time only, and starts the
task (https://github.com/apache/airflow/issues/67265): so a task of ours looks for itself before it does anything.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk.exceptions import AirflowSkipException


def stop_if_skipped(task: Any, ti: Any) -> None:
    """Go on unless a branching task directly upstream, in the same item of a mapped task group, follows others.

    :raises AirflowSkipException: it does.
    """
    if ti.map_index is None or ti.map_index < 0:
        return
    for parent in task.upstream_list:
        if not getattr(parent, "inherits_from_skipmixin", False) or parent.get_closest_mapped_task_group() is None:
            continue
        decision = ti.xcom_pull(task_ids=parent.task_id, key="skipmixin_key", map_indexes=ti.map_index) or {}
        if task.task_id not in decision.get("followed", [task.task_id]) or task.task_id in decision.get("skipped", ()):
            raise AirflowSkipException(f"Task {parent.task_id!r} follows other tasks for item {ti.map_index}")
