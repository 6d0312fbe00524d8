"""What `read` makes of a DAG: what each task does and in which order, in words that aren't Airflow's objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from asl_export.diagnostics import Location
from asl_export.ir.values import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """How often and when a failed task runs again. Delays in whole seconds."""

    attempts: int
    delay: int
    backoff: float = 1.0
    max_delay: int | None = None
    spread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNode:
    """A task that runs one Batch job.

    `request` is its SubmitJob request with boto3's names, `wait` whether the task lasts as long as the job, `timeout`
    in seconds for each try.
    """

    id: str
    name: str
    location: Location
    request: Document
    wait: bool = True
    retry: RetryPlan | None = None
    timeout: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinNode:
    """A task that does nothing but hold edges together."""

    id: str
    name: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNode:
    """A task group in which the first failure stops the rest: its tasks belong together, as one node."""

    id: str
    name: str
    location: Location
    region: Region
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A task or task group that runs once per item; `max_concurrency` 0 is no limit."""

    id: str
    name: str
    location: Location
    items: Document
    count: int
    region: Region
    max_concurrency: int = 0
    comment: str | None = None


Node = JobNode | JoinNode | GroupNode | MapNode


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLabel:
    """A plain task group: a name for whatever block holds exactly its tasks."""

    name: str
    members: frozenset[str]
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Nodes in the order the DAG defines them, and edges between their ids."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    labels: tuple[GroupLabel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamSpec:
    """A DAG param: its JSON Schema and, unless it must be given, its default."""

    name: str
    required: bool
    default: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGraph:
    """A whole DAG; `timeout` in seconds for the run."""

    dag_id: str
    location: Location
    region: Region
    params: tuple[ParamSpec, ...] = ()
    fail_fast: bool = False
    timeout: int | None = None
    comment: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
