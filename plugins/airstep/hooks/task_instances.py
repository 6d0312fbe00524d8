"""What a task or a trigger asks Airflow about task instances: through the supervisor, never the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import (
    ErrorResponse,
    GetTaskStates,
    SetXCom,
    SkipDownstreamTasks,
    TaskStatesResult,
)

log = logging.getLogger(__name__)

NOT_STARTED = (None, "scheduled", "up_for_retry", "up_for_reschedule")
"""States of a task that no worker has; `queued` isn't one: its worker may start any moment, and looks for itself."""

ALIVE = ("queued", "running", "deferred", "restarting")
FINISHED = ("success", "failed", "skipped", "removed", "upstream_failed")

States = Mapping[str, str | None]
"""Task states of one run: by task id, or task id, underscore and map index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskKey:
    """One task instance of a run, whatever the try; `map_index` is -1 for a task that isn't mapped."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def label(self) -> str:
        """The key under which GetTaskStates answers."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}_{self.map_index}"

    def to_dict(self) -> dict[str, Any]:
        """The keyword arguments that make an equal key."""
        return asdict(self)


def group_states(key: TaskKey, group_id: str) -> States:
    """The states of all tasks in a group of the key's run, nested groups included."""
    return _states(task_runner.SUPERVISOR_COMMS.send(_group(key, group_id)), key)


async def group_states_async(key: TaskKey, group_id: str) -> States:
    """As `group_states`, from an event loop."""
    return _states(await _ask(_group(key, group_id)), key)


async def own_state_async(key: TaskKey) -> str | None:
    """The state of the key's task instance now; "removed" when there is none any more, as after its run was deleted.

    :raises LookupError: Airflow doesn't say.
    """
    request = GetTaskStates(dag_id=key.dag_id, run_ids=[key.run_id], task_ids=[key.task_id], map_index=key.map_index)
    answer = await _ask(request)
    if not isinstance(answer, TaskStatesResult):
        raise LookupError(f"Airflow gives no state of {key}: {answer}")
    return _states(answer, key).get(key.label, "removed")


def skip(instances: Sequence[tuple[str, int]]) -> None:
    """Set task instances of this run to skipped, given by task id and map index; those that run or ended stay."""
    if instances:
        task_runner.SUPERVISOR_COMMS.send(SkipDownstreamTasks(tasks=list(instances)))


async def push_xcom_async(key: TaskKey, name: str, value: Any) -> None:
    """Keep an XCom of a task from its trigger."""
    map_index = key.map_index if key.map_index >= 0 else None
    await _ask(
        SetXCom(key=name, value=value, dag_id=key.dag_id, run_id=key.run_id, task_id=key.task_id, map_index=map_index)
    )


def _group(key: TaskKey, group_id: str) -> GetTaskStates:
    return GetTaskStates(dag_id=key.dag_id, run_ids=[key.run_id], task_group_id=group_id)


async def _ask(request: GetTaskStates | SetXCom) -> Any:
    comms: Any = task_runner.SUPERVISOR_COMMS
    # `airflow dags test` runs triggers beside a supervisor that only has the blocking call.
    return await comms.asend(request) if hasattr(comms, "asend") else comms.send(request)


def _states(answer: Any, key: TaskKey) -> States:
    if isinstance(answer, TaskStatesResult):
        states: States = answer.task_states.get(key.run_id, {})
        return states
    if isinstance(answer, ErrorResponse):
        log.warning("Airflow does not say how the tasks of run %s are: %s", key.run_id, answer)
    return {}
