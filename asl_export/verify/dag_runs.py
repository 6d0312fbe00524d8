"""What Airflow says of a DAG run, in its database."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRun:
    """A DAG run's id, its state, and each task instance's by task id and map index (-1: not mapped)."""

    run_id: str
    state: str
    instances: tuple[tuple[str, int, str | None], ...]

    @property
    def tasks(self) -> Mapping[str, tuple[str | None, ...]]:
        """The states of the instances of each task."""
        found: dict[str, tuple[str | None, ...]] = {}
        for task, _, state in self.instances:
            found[task] = (*found.get(task, ()), state)
        return found


def newest_dag_run(database: Path, dag_id: str) -> DagRun | None:
    """The DAG's newest run in a SQLite file; None when Airflow made none."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        row = connection.execute(
            "SELECT run_id, state FROM dag_run WHERE dag_id = ? ORDER BY id DESC", [dag_id]
        ).fetchone()
        if row is None:
            return None
        run_id, state = row
        instances = connection.execute(
            "SELECT task_id, map_index, state FROM task_instance WHERE dag_id = ? AND run_id = ? "
            "ORDER BY task_id, map_index",
            [dag_id, run_id],
        ).fetchall()
    return DagRun(run_id=run_id, state=state, instances=tuple(instances))
