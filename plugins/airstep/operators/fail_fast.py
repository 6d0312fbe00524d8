"""What the workers of a fail-fast group do when a task in it fails.

Import this module when a task runs, not when its DAG is parsed: it loads boto3.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from airstep.branches import Branches, labels_of, with_states
from airstep.errors import stop_reason
from airstep.hooks.batch import BatchHook
from airstep.hooks.task_instances import ALIVE, NOT_STARTED, States, TaskKey, group_states, skip
from airstep.operators.parallel import fail_fast_group

log = logging.getLogger(__name__)


def branches_of(
    task: Any, key: TaskKey, states_of: Callable[[TaskKey, str], States]
) -> tuple[Branches, str | None] | None:
    """The fail-fast group of a task, and the task in it that has failed, if any; None outside of such a group."""
    group = fail_fast_group(task)
    if group is None or group.group_id is None:
        return None
    states = states_of(key, group.group_id)
    failed = [label for label in states if states[label] == "failed"]
    upstream = labels_of(task.get_flat_relative_ids(upstream=True), failed)
    branches = Branches(group_id=group.group_id, ignored=(key.label, *upstream))
    return branches, branches.failed_task(states)


def stop_other_branches(task: Any, key: TaskKey, ti: Any, hook: BatchHook) -> None:
    """Skip what has not started in the failed task's group, and terminate the jobs of what runs.

    What is downstream of the failed task stays as it is: its trigger rule decides, and makes what depends on the group
    upstream_failed.
    """
    group = fail_fast_group(task)
    if group is None or group.group_id is None:
        return
    states = group_states(key, group.group_id)
    task_ids = {each.task_id for each in group.iter_tasks()}
    own = (key.label, *labels_of(task.get_flat_relative_ids(upstream=False), states))
    skip(with_states(states, NOT_STARTED, task_ids=task_ids, except_labels=own))
    for task_id, map_index in with_states(states, ALIVE, task_ids=task_ids, except_labels=own):
        job = ti.xcom_pull(task_ids=task_id, key="job", map_indexes=None if map_index < 0 else map_index)
        # Without one it is about to submit, and looks at the group's states when it has.
        if job:
            log.info("Terminating job %s of task %s", job["job_id"], task_id)
            hook.terminate(job["job_id"], stop_reason(group.group_id, key.label))
