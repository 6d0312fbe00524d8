"""A plan: a DAG as pure data, with what each of its jobs will do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

ALWAYS = 99
"""More attempts than any task has."""

ALL_SUCCESS = "all_success"

MAP_INDEX = "ti.map_index"
"""What a choice compares that asks for the item's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A value that a task takes from another task's result."""

    task: str
    key: str


class Strategy(StrEnum):
    """How a BatchMapOperator's items become jobs."""

    ARRAY = "array"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task that runs one job, or a job for each item.

    `fails`: so many first attempts of the job fail; with items, of each item's job, by its place.
    `items`: a map over literal items; with a `strategy` a BatchMapOperator over them, or over the result of the task
    `items_from`, and `tolerated` of them may fail.
    `result`: the JSON document that the job writes.
    """

    name: str
    fails: tuple[int, ...] = (0,)
    retries: int = 0
    rule: str = ALL_SUCCESS
    items: tuple[str, ...] = ()
    strategy: Strategy | None = None
    items_from: str | None = None
    tolerated: int = 0
    result: Any = None
    reads: tuple[Read, ...] = ()
    setup: bool = False
    teardown: bool = False

    @property
    def is_stopped_early(self) -> bool:
        """Whether its items fail such that it doesn't begin with all of them."""
        failing = sum(fails > self.retries for fails in self.fails)
        return self.strategy is Strategy.JOBS and failing > self.tolerated


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """A task that does nothing."""

    name: str
    rule: str = ALL_SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One of a choice's conditions, `subject` more than `over`, and which members then follow.

    `subject` is a param, `MAP_INDEX`, or the task whose result's number is compared.
    """

    subject: str
    of_result: bool
    over: int
    follow: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A task that follows the first branch whose condition is true, else `default`; None skips all."""

    name: str
    branches: tuple[Branch, ...] = ()
    default: tuple[str, ...] | None = None
    rule: str = ALL_SUCCESS


class GroupKind(StrEnum):
    """What a group of tasks is in the DAG."""

    PLAIN = "TaskGroup"
    BRANCHES = "ParallelBranches(fail_fast=False)"
    FAIL_FAST = "ParallelBranches"
    JOB_GRAPH = "BatchJobGraph"
    AHEAD = "ParallelBranches(fail_fast=False, submit_ahead=True)"
    MAPPED = "mapped task group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Members and the edges between them, by name; in an order that the edges keep."""

    members: tuple[Member, ...]
    edges: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group; `items` if it is mapped: literal ones, or those that are the result of the task `items_from`."""

    name: str
    kind: GroupKind
    region: Region
    items: tuple[str, ...] = ()
    items_from: str | None = None


Member = Job | Join | Choice | Group


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan:
    """A whole DAG; `links` are edges between tasks whatever their groups, `conf` what the run is started with."""

    region: Region
    links: tuple[tuple[str, str], ...] = ()
    conf: tuple[tuple[str, int], ...] = ()

    def __repr__(self) -> str:
        return f"<a plan of {', '.join(member.name for member, _ in walk(self.region))}: its DAG file says more>"

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All job tasks, in order."""
        return tuple(member for member, _ in walk(self.region) if isinstance(member, Job))

    @property
    def may_fail(self) -> bool:
        """Whether some job doesn't succeed at once."""
        return any(fails for job in self.jobs for fails in job.fails)

    def inside(self, kind: GroupKind) -> frozenset[str]:
        """The names of the jobs in groups of a kind, at any depth."""
        return frozenset(
            member.name
            for member, groups in walk(self.region)
            if isinstance(member, Job) and any(group.kind is kind for group in groups)
        )


def walk(region: Region, groups: tuple[Group, ...] = ()) -> Iterator[tuple[Member, tuple[Group, ...]]]:
    """All members, outer before inner, each with the groups around it."""
    for member in region.members:
        yield member, groups
        if isinstance(member, Group):
            yield from walk(member.region, (*groups, member))


def replaced(region: Region, change: dict[str, Member]) -> Region:
    """A region with other members in the places of those with the same names."""
    members = (
        replace(member, region=replaced(member.region, change)) if isinstance(member, Group) else member
        for member in region.members
    )
    return replace(region, members=tuple(change.get(member.name, member) for member in members))
