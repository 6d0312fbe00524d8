"""What came of one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asl_export.verify.jobs import Job

Tick = Callable[[], None]
"""Called about twice a second while a run goes on, to show its progress."""

POLL_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an engine says a run ended; `reason` says why it failed.

    `run_id` is what `{{ run_id }}` came to. `tasks` are the states of Airflow's task instances, by task id; Step
    Functions has none.
    """

    engine: str
    succeeded: bool
    reason: str | None
    began: float
    ended: float
    log: Path
    run_id: str | None = None
    tasks: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)

    @property
    def failed_tasks(self) -> tuple[str, ...]:
        """The tasks that failed, or instances of which did."""
        return tuple(task for task, states in self.tasks.items() if "failed" in states)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's outcome and its jobs, oldest first."""

    outcome: Outcome
    jobs: tuple[Job, ...]
