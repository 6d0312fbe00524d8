"""A DAG to verify, read and exported."""

from __future__ import annotations

from dataclasses import dataclass

from asl_export.verify.flow import DagFlow
from asl_export.verify.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The plan, the state machine's definition, and what the DAG says of its jobs."""

    plan: Plan
    definition: str
    flow: DagFlow
