"""What came of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from asl_export.verify.jobs import Job

Tick = Callable[[], None]
"""Called about twice a second while a run goes on, to show its progress."""

POLL_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an engine says a run ended; `reason` says why it failed."""

    engine: str
    succeeded: bool
    reason: str | None
    began: float
    ended: float
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's outcome and its jobs, oldest first."""

    outcome: Outcome
    jobs: tuple[Job, ...]
