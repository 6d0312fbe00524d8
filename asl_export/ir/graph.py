"""What `read` makes of a DAG: what each task does and in which order, in words that aren't Airflow's objects."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from asl_export.diagnostics import Location
from asl_export.ir.status import TriggerRule
from asl_export.ir.values import Document, Key, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """How often and when a failed task runs again. Delays in whole seconds."""

    attempts: int
    delay: int
    backoff: float = 1.0
    max_delay: int | None = None
    spread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNode:
    """What every task has; `counts`: a failure of it, when nothing follows, is one of the run.

    `needs` are tasks that must have succeeded for it to run, whatever its rule says: setups that aren't directly
    upstream, and what gives a map its items.
    """

    id: str
    name: str
    location: Location
    rule: TriggerRule = TriggerRule.ALL_SUCCESS
    is_setup: bool = False
    is_teardown: bool = False
    counts: bool = True
    needs: tuple[str, ...] = ()
    comment: str | None = None
    lines: Mapping[str, int | None] = dataclasses.field(default_factory=dict)

    def field(self, name: str) -> Location:
        """The place of one of the task's fields."""
        where = self.location
        return Location(
            dag=where.dag, task=where.task, field=name, file=where.file, line=self.lines.get(name, where.line)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobNode(TaskNode):
    """A task that runs one Batch job.

    `request` is its SubmitJob request in AWS's names for Step Functions, `wait` whether the task lasts as long as the
    job, `timeout` in seconds for each try, `result` the URI of the JSON document that it writes, if its result is one.
    `submitted`: a state in front has submitted the job, and all that is left to do is to read the result.
    """

    request: Document
    wait: bool = True
    result: Document | None = None
    submitted: bool = False
    retry: RetryPlan | None = None
    timeout: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNode(TaskNode):
    """A task that calls another service.

    `resource` is the integration's ARN, `arguments` what it gets in AWS's names for Step Functions, `fields` the
    operator's own names for them, `output` the path to the task's result in the answer (None: it has none).
    `must_answer`: without such an output the task has failed.
    """

    resource: str
    arguments: Document
    fields: Mapping[str, str] = dataclasses.field(default_factory=dict)
    output: tuple[Key, ...] | None = None
    must_answer: bool = False
    retry: RetryPlan | None = None
    timeout: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemReader:
    """Where Step Functions reads a distributed Map's items by itself: the integration, what it gets, ReaderConfig."""

    resource: str
    arguments: Document
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMapNode(TaskNode):
    """A `BatchMapOperator`: a distributed Map whose children run one job each.

    The items come from `reader`, or are `items`. `job` runs for each; where there is a `single`, it runs in place of
    it for an item whose `children` are 1. `plan` is the job that runs before the Map and writes what `reader` reads (of
    `items`, if it is told a list), `finish` the one after it, which tells how it ended; without them the Map itself
    does, by its tolerance and `results`, the prefix under which it writes what became of the items. `most_items` is the
    limit that the DAG sets, `items_per_array_job` how many items an array job has at most, if it is by array jobs.
    """

    job: JobNode
    single: JobNode | None = None
    items: Document = None
    reader: ItemReader | None = None
    max_concurrency: int = 0
    tolerated_percentage: int | None = None
    tolerated_count: int | None = None
    results: Document = None
    plan: JobNode | None = None
    finish: JobNode | None = None
    most_items: int | None = None
    items_per_array_job: int = 1

    @property
    def count(self) -> int | None:
        """The number of items, None where only the run knows it."""
        return len(self.items) if isinstance(self.items, list) else None

    @property
    def jobs(self) -> tuple[JobNode, ...]:
        """All jobs of it, in the order in which they run."""
        return tuple(job for job in (self.plan, self.job, self.single, self.finish) if job is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitNode(TaskNode):
    """A task that waits for a number of seconds, or until a moment; `argument` is the operator's that says it."""

    argument: str
    seconds: Document | None = None
    until: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollNode(TaskNode):
    """A task that asks a service every `interval` seconds until it answers without one of the `missing` errors.

    After `timeout` seconds it fails, or is skipped with `soft_fail`. `argument` is the operator's that says what is
    asked for; `retry` is for other errors.
    """

    resource: str
    argument: str
    arguments: tuple[Document, ...]
    missing: tuple[str, ...]
    interval: int
    timeout: int
    soft_fail: bool = False
    retry: RetryPlan | None = None

    @property
    def attempts(self) -> int:
        """How often it asks again; as Airflow's sensors, a last time when the time is up."""
        return math.ceil(self.timeout / self.interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A condition, None for "otherwise", and the tasks that are skipped when it is the first that holds."""

    condition: Value | None
    skipped: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceNode(TaskNode):
    """A task that chooses which of the tasks directly downstream run; the last option has no condition."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinNode(TaskNode):
    """A task that does nothing but hold edges together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupNode:
    """A task group in which the first failure stops the rest: its tasks belong together, as one node."""

    id: str
    name: str
    location: Location
    region: Region
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A `BatchJobGraph`: jobs that Batch itself keeps in order."""

    id: str
    name: str
    location: Location
    region: Region
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A task or task group that runs once per item; `max_concurrency` 0 is no limit.

    `count` is the number of items, None where only the run knows it.
    """

    id: str
    name: str
    location: Location
    items: Document
    count: int | None
    region: Region
    max_concurrency: int = 0
    comment: str | None = None


Node = JobNode | CallNode | BatchMapNode | WaitNode | PollNode | ChoiceNode | JoinNode | GroupNode | GraphNode | MapNode
Container = GroupNode | GraphNode | MapNode


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
    """A whole DAG; `timeout` in seconds for the run, `leaves` the tasks whose failure is the run's.

    `submitted_ahead` are the tasks whose jobs, in Airflow, a task in front of their group submits.
    """

    dag_id: str
    location: Location
    region: Region
    params: tuple[ParamSpec, ...] = ()
    leaves: frozenset[str] = frozenset()
    submitted_ahead: frozenset[str] = frozenset()
    fail_fast: bool = False
    max_active_tasks: int | None = None
    timeout: int | None = None
    comment: str | None = None
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)


def nodes_of(region: Region) -> Iterator[Node]:
    """All nodes of a region, and those inside its groups and maps, in the order of the DAG."""
    waiting = list(reversed(region.nodes))
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Container):
            waiting.extend(reversed(node.region.nodes))


def jobs_of(region: Region) -> Iterator[JobNode]:
    """All jobs of a region."""
    for node in nodes_of(region):
        match node:
            case JobNode():
                yield node
            case BatchMapNode(jobs=jobs):
                yield from jobs
            case _:
                pass


def maps_of(region: Region) -> Iterator[MapNode]:
    """All maps of a region."""
    return (node for node in nodes_of(region) if isinstance(node, MapNode))


def tasks_of(region: Region) -> Iterator[TaskNode]:
    """All tasks of a region, and those inside its groups and maps."""
    return (node for node in nodes_of(region) if isinstance(node, TaskNode))


def documents_of(node: Node) -> list[Document]:
    """All documents of a node of its own: what it sends, waits for, asks and goes through."""
    match node:
        case JobNode(request=request, result=result):
            return [request, result]
        case CallNode(arguments=arguments):
            return [arguments]
        case BatchMapNode(items=items, reader=reader, results=results, jobs=jobs):
            read = [reader.arguments] if reader else []
            return [items, *read, results, *(document for job in jobs for document in documents_of(job))]
        case WaitNode(seconds=seconds, until=until):
            return [seconds, until]
        case PollNode(arguments=asked):
            return list(asked)
        case ChoiceNode(options=options):
            return [option.condition for option in options]
        case MapNode(items=items):
            return [items]
        case _:
            return []
