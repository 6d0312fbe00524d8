"""What Airflow's own scheduler decides about a task from the ends of those upstream of it, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.ti_deps.dep_context import DepContext
from airflow.ti_deps.deps.trigger_rule_dep import TriggerRuleDep

RUNS, WAITS = "runs", "waits"


@dataclass(kw_only=True)
class Instance:
    """As much of a task instance as a dependency asks for; a state that is set is kept."""

    task: Any
    state: str | None = None
    dag_id: str = "rules"
    run_id: str = "run"
    map_index: int = -1
    changes: list[str] = field(default_factory=list)

    @property
    def task_id(self) -> str:
        return str(self.task.task_id)

    def get_dagrun(self, *, session: Any) -> None:
        """None: the finished task instances are in the context."""

    def set_state(self, state: str, *, session: Any) -> bool:
        self.changes.append(str(state))
        return True


class Scheduler:
    """A DAG as the scheduler has it, read from its serialized form."""

    def __init__(self, dag: DAG) -> None:
        self._dag = DagSerialization.from_dict(DagSerialization.to_dict(dag))

    def decides(self, task: str, ends: Mapping[str, str]) -> str:
        """What becomes of a task when others have ended so: the state it gets, or that it runs, or waits on."""
        asked = Instance(task=self._dag.get_task(task))
        finished = [Instance(task=self._dag.get_task(name), state=state) for name, state in ends.items()]
        context = DepContext(flag_upstream_failed=True, finished_tis=finished)
        session: Any = None  # only mapped tasks are looked up
        found = list(TriggerRuleDep().get_dep_statuses(asked, context, session=session))
        if asked.changes:
            return asked.changes[0]
        return RUNS if all(status.passed for status in found) else WAITS
