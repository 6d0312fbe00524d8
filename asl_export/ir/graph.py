"""What `read` makes of a DAG: what each task does and in which order, in words that aren't Airflow's objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    lines: Mapping[str, int | None] = dataclasses.field(default_factory=dict)

    def field(self, name: str) -> Location:
        """The place of one of the task's fields."""
        where = self.location
        return Location(
            dag=where.dag, task=where.task, field=name, file=where.file, line=self.lines.get(name, where.line)
        )


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
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)


def nodes_of(region: Region) -> Iterator[Node]:
    """All nodes of a region, and those inside its groups and maps, in the order of the DAG."""
    waiting = list(reversed(region.nodes))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, GroupNode | MapNode):
            waiting.extend(reversed(node.region.nodes))


def jobs_of(region: Region) -> Iterator[JobNode]:
    """All jobs of a region."""
    return (node for node in nodes_of(region) if isinstance(node, JobNode))


def maps_of(region: Region) -> Iterator[MapNode]:
    """All maps of a region."""
    return (node for node in nodes_of(region) if isinstance(node, MapNode))
